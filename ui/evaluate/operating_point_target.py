"""A target instead of a threshold: chosen on validation, and held against what is judged."""

import streamlit as st

from core.evaluation.operating import TARGETS, Choice, Target, rates
from core.evaluation.operating_sentences import TARGET_NAMES, chosen_on, is_missed, reached_here
from core.language import _, joined
from ui import answers
from ui.evaluate.judged import Judged, Threshold, evaluation
from ui.messages import escape
from ui.operating import USUAL_LEAST


def pick_target(key: str) -> tuple[Target, float]:
    """Let the visitor choose a metric and the least that is asked of it."""
    left, right = st.columns([1, 2], vertical_alignment="bottom", gap="medium")
    with left:
        target: Target = st.selectbox(
            _("What must hold"),
            TARGETS,
            format_func=lambda name: _(TARGET_NAMES[name]),
            key=f"{key}-metric",
            persist_state="session",
        )
    with right:
        least = f"{key}-least"
        st.session_state.setdefault(least, USUAL_LEAST)
        at_least = st.slider(_("At least"), 0.8, 1.0, step=0.01, key=least, persist_state="session")
    return target, float(at_least)


def say_problem(choice: Choice) -> None:
    """Say why no threshold reaches the target, or at what price; nothing where all is well."""
    if choice.problem is not None:
        st.warning(escape(choice.problem), icon=":material/warning:")


def say_outcome(case: Judged, class_name: str, target: Target, at_least: float, threshold: Threshold) -> None:
    """Say what was chosen on validation, and whether it holds on what is judged."""
    is_same = case.split == "val" and case.dataset_id is None
    place = TARGETS.index(target)
    here = rates(evaluation(case, threshold), class_name)[place]
    there = rates(answers.evaluation(case.run, "val", threshold), class_name)[place]
    own = threshold
    if isinstance(own, tuple):
        own = own[answers.predictions(case.run, "val").class_names.index(class_name)]
    said = escape(chosen_on(target, own, there, is_same=is_same))
    held = escape(reached_here(target, at_least, here, is_same=is_same))
    if is_missed(at_least, here):
        st.warning(joined((said, held), " "), icon=":material/target:")
    else:
        st.caption(joined((said, held), " "))
