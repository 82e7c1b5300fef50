"""Which run is told about, at which step, and whether in presenter mode; the address keeps all three."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.errors import UnknownNameError
from core.language import N_, _
from core.runs.store import DEMO_RUN, Run, list_runs
from ui.messages import error_box
from ui.story.steps import Step

_STEP: Final = "story-step"
_PRESENT: Final = "story-present-on"
_RUN: Final = "story-run"


def pick_story() -> Run | None:
    """Return the run that is told about: the demo, unless another is chosen; None where there is none."""
    runs = {run.run_id: run for run in list_runs() if run.has_model and not run.is_fold}
    if not runs:
        return None
    first = DEMO_RUN if DEMO_RUN in runs else next(iter(runs))
    asked = st.query_params.get("run")
    if asked and asked not in runs:
        error_box(UnknownNameError(N_("run"), asked, runs))
        del st.query_params["run"]
    elif asked:
        st.session_state[_RUN] = asked
    chosen = st.session_state.get(_RUN)
    chosen = chosen if chosen in runs else first
    if not presenting() and len(runs) > 1:
        chosen = _choose(list(runs), chosen)
    if chosen == first:
        st.query_params.pop("run", None)
    else:
        st.query_params["run"] = chosen
    st.session_state[_RUN] = chosen
    return runs[chosen]


def _choose(names: list[str], chosen: str) -> str:
    st.session_state["story-pick-run"] = chosen

    def take() -> None:
        name = st.session_state["story-pick-run"]
        if name != st.session_state.get(_RUN):
            st.session_state[_STEP] = None
        st.session_state[_RUN] = name
        st.query_params["run"] = name

    picked: str = st.selectbox(_("Tell of the run"), names, key="story-pick-run", on_change=take, width=360)
    return picked


def presenting() -> bool:
    """Tell whether presenter mode is on."""
    if _PRESENT not in st.session_state:
        st.session_state[_PRESENT] = st.query_params.get("present") == "1"
    on = bool(st.session_state[_PRESENT])
    if on:
        st.query_params["present"] = "1"
    else:
        st.query_params.pop("present", None)
    return on


def present(*, on: bool) -> None:
    """Begin or leave presenter mode."""
    st.session_state[_PRESENT] = on


def place(steps: Sequence[tuple[int, Step]]) -> int:
    """Return the place of the step that is shown; the address has its name, so a reload comes back to it."""
    names = [step.name for _number, step in steps]
    known = st.session_state.get(_STEP)
    if known is None:
        known = st.query_params.get("step", "")
        if known.isdecimal() and 1 <= int(known) <= len(names):
            known = names[int(known) - 1]
    found = names.index(known) if known in names else 0
    st.session_state[_STEP] = names[found]
    st.query_params["step"] = str(found + 1)
    st.session_state[_NAMES] = names
    return found


_NAMES: Final = "story-names"


def go(where: int) -> None:
    """Turn to another place."""
    names = st.session_state.get(_NAMES, [])
    if names:
        st.session_state[_STEP] = names[min(max(where, 0), len(names) - 1)]
