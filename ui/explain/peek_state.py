"""Where a visitor stands in "Predict, then peek": the step and the drawings, of one network and image."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal, cast

import numpy as np
import streamlit as st

from core.explanation.painting import HOWS, How
from ui.drawing.history import drawn, forget
from ui.session import full

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ui.drawing.marks import Marks
    from ui.explain.case import Case

Step = Literal[1, 2, 3]
STEP: Final = "peek-step"
HOW: Final = "peek-how"
USUAL: Final[How] = "copy"
"""What is painted at Basic, and first at Full. Of 36 validation films that the demo run rightly calls a
finding, painting the true finding out lowers the probability by 0.07 on average with blur, by 0.09 with the
mean, by 0.21 with a copy: a finding that is washed out is still brighter than lung.
"""
_OF: Final = "peek-of"
_SEEN: Final = "peek-seen"  # whether the maps were seen: the guess stays as it is from then on
_DRAWINGS: Final = ("guess", "paint")


def begin(case: Case) -> None:
    """Forget what was drawn on another image, or for another network."""
    whose = _digest(case)
    before = st.session_state.get(_OF)
    if before == whose:
        return
    if before is not None:
        start_again(str(before))
    st.session_state[_OF] = whose


def start_again(whose: str) -> None:
    """Begin with an empty image; a drawing's key changes with each attempt, so that its window does too."""
    for name in _DRAWINGS:
        forget(_key(whose, name))
    st.session_state["peek-attempt"] = _attempt() + 1
    for key in (STEP, _SEEN):
        st.session_state.pop(key, None)


def again() -> None:
    """Begin anew with the image that is looked at."""
    start_again(str(st.session_state[_OF]))


def step() -> Step:
    """Return which of the three steps is done now."""
    found = st.session_state.get(STEP, 1)
    return cast("Step", found) if found in (1, 2, 3) else 1


def go_to_step(number: Step) -> None:
    """Go to a step; the third shows the maps, and the guess is fixed then."""
    st.session_state[STEP] = number
    if number == 3:
        st.session_state[_SEEN] = True


def has_seen() -> bool:
    """Tell whether the maps of this image were seen."""
    return bool(st.session_state.get(_SEEN))


def drawing_key(name: Literal["guess", "paint"]) -> str:
    """Return the key of a drawing on the image that is looked at."""
    return _key(str(st.session_state[_OF]), name)


def marks(name: Literal["guess", "paint"]) -> Marks:
    """Return what is drawn now."""
    return drawn(drawing_key(name)).marks


def how() -> How:
    """Return what is painted with; at Basic there is no choice."""
    found = st.session_state.get(HOW)
    return cast("How", found) if full() and found in HOWS else USUAL


def mask_of_marks(marks: Marks, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return what the marks cover of an image of `shape` (H, W), ndarray of bool."""
    covered = np.zeros(shape, dtype=np.bool_)
    for mark in marks:
        covered |= mark.mask(shape)
    return covered


def _digest(case: Case) -> str:
    return hashlib.sha256(f"{case.network.key}\n{case.subject.key}".encode()).hexdigest()[:12]


def _attempt() -> int:
    return int(st.session_state.get("peek-attempt", 0))


def _key(whose: str, name: str) -> str:
    return f"peek-{name}-{whose}-{_attempt()}"
