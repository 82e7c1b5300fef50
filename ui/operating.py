"""The operating point that was set on Evaluate, for all pages: a threshold, a target, or one a class."""

from typing import Final

import streamlit as st

from core.evaluation.decisions import Threshold
from core.evaluation.operating import TARGETS, Choice, Target, choose
from core.runs.store import Run
from ui import answers, verdict
from ui.session import full

EVEN: Final = 0.5
TARGET_KEY: Final = "evaluate-target"  # of two classes; with more each run has its own
USUAL_LEAST: Final = 0.95


def threshold_of(run: Run) -> Threshold:
    """Return from when on a run's classes are called, as it was set on Evaluate; the slider goes along.

    A target asks for another threshold of each run. At Basic there are neither targets nor thresholds of
    several classes, on no page.
    """
    positive = run.card.positive_class
    if positive is None:
        kept = st.session_state.get(_kept(run.run_id)) if full() else None
        return tuple(kept) if kept and len(kept) == len(run.card.class_names) else EVEN
    if full() and st.session_state.get(verdict.AIM_KEY) == "target":
        choice = chosen(run, *target_of(TARGET_KEY), positive)
        if isinstance(choice.threshold, float):
            move_slider(choice.threshold)
    return verdict.chosen_threshold()


def line_of(run: Run) -> float | None:
    """Return the threshold of the positive class of two, which a picture draws as a line; None with more."""
    threshold = threshold_of(run)
    return threshold if isinstance(threshold, float) and run.card.positive_class is not None else None


def move_slider(threshold: float) -> None:
    """Set the slider, if it stands elsewhere: once it is drawn nobody may."""
    if st.session_state.get(verdict.THRESHOLD_KEY) != threshold:
        st.session_state[verdict.THRESHOLD_KEY] = threshold


def keep_thresholds(run_id: str, thresholds: Threshold, *, by_target: bool) -> None:
    """Remember the thresholds of a run's several classes for the other pages, and where they are from."""
    st.session_state[_kept(run_id)] = list(thresholds) if isinstance(thresholds, tuple) else []
    st.session_state[_by_target(run_id)] = by_target


def is_by_target(run: Run) -> bool:
    """Tell whether a target that was reached on validation decides, and no threshold was set by hand."""
    positive = run.card.positive_class
    if not full():
        return False
    if positive is None:
        return bool(st.session_state.get(_by_target(run.run_id)))
    is_asked = st.session_state.get(verdict.AIM_KEY) == "target"
    return is_asked and chosen(run, *target_of(TARGET_KEY), positive).threshold is not None


def target_of(key: str) -> tuple[Target, float]:
    """Return the metric of a target and the least that is asked of it, as they were set."""
    metric = st.session_state.get(f"{key}-metric")
    target: Target = next((name for name in TARGETS if name == metric), TARGETS[0])
    return target, float(st.session_state.get(f"{key}-least", USUAL_LEAST))


def chosen(run: Run, target: Target, at_least: float, class_name: str, *, others: Threshold = EVEN) -> Choice:
    """Return the threshold that reaches a target on a run's validation split."""
    return _choose(run.run_id, answers.changed_ns(run), (target, at_least, class_name), others, run)


@st.cache_resource(max_entries=256, show_spinner=False)
def _choose(
    run_id: str, changed: int, asked: tuple[Target, float, str], others: Threshold, _run: Run
) -> Choice:
    target, at_least, class_name = asked
    return choose(answers.predictions(_run, "val"), target, at_least, class_name, others=others)


def _by_target(run_id: str) -> str:
    return f"evaluate-by-target-{run_id}"


def _kept(run_id: str) -> str:
    return f"evaluate-thresholds-{run_id}"
