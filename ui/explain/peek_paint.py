"""Step 2 of "Predict, then peek": regions are painted out, and the probability moves with each stroke."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.explanation.film import film
from core.explanation.painting import HOWS, How, painted
from core.language import N_, _
from ui.answers import Subject
from ui.drawing.history import drawn, put_marks
from ui.drawing.strokes import draw_marks
from ui.explain import computed
from ui.explain import peek_state as state
from ui.explain.peek_meter import show_meter
from ui.session import full

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from streamlit.delta_generator import DeltaGenerator

    from core.images.records import MedicalImage
    from ui.drawing.marks import Marks
    from ui.explain.case import Case

LONGEST_SIDE: Final = 1000  # pixels of the picture that is drawn on: it is sent again after each stroke
_MOST_BOXES: Final = 12
_NAMES: Final[dict[How, str]] = {"blur": N_("Blur"), "mean": N_("Mean"), "copy": N_("Copy")}
_WORDS: Final[dict[How, str]] = {
    "blur": N_("Blur: what is under the paint is washed out until nothing of its size is left."),
    "mean": N_("Mean: an even patch, as bright as the ring around it."),
    "copy": N_("Copy: the texture of the same place on the other side, turned over."),
}


def show_paint(case: Case) -> DeltaGenerator:
    """Show the picture that is painted on, and the probability beside it; return the place below that."""
    key = state.drawing_key("paint")
    st.markdown(
        _("Paint over a place: the network is asked again after each stroke. What does it need to see?")
    )
    left, right = st.columns([3, 2], gap="large")
    with right:
        how = _pick_how()
        _offer_the_guess(key)
        steps = drawn(key)
        seen = [_probability(case, marks, how) for marks in steps.steps]
        show_meter(case.probabilities[case.class_name], seen, steps.at, name=case.class_name)
    with left:
        image = without(case, steps.marks, how)
        draw_marks(
            film(image, longest_side=LONGEST_SIDE),
            key=key,
            alt=_("The image with what you painted out."),
            most=_MOST_BOXES,
            look="paint",
        )
    return right


def without(case: Case, marks: Marks, how: How) -> MedicalImage:
    """Return the image with marks painted out."""
    return (
        _painted(case.subject.key, _digest(_mask(case, marks)), how, case, marks)
        if marks
        else (case.subject.image)
    )


def _pick_how() -> How:
    if not full():
        return state.USUAL
    chosen: How | None = st.segmented_control(
        _("Paint with"),
        list(HOWS),
        format_func=lambda how: _(_NAMES[how]),
        default=None if state.HOW in st.session_state else state.USUAL,
        key=state.HOW,
        required=True,
        persist_state="session",
    )
    st.caption(_(_WORDS[chosen or state.USUAL]))
    return chosen or state.USUAL


def _offer_the_guess(key: str) -> None:
    guess, now = state.marks("guess"), drawn(key).marks
    if guess:
        st.button(
            _("Paint my guess out"),
            key="peek-paint-guess",
            icon=":material/ink_eraser:",
            disabled=set(guess) <= set(now),
            on_click=put_marks,
            args=(key, (*now, *(mark for mark in guess if mark not in now))),
        )


def _probability(case: Case, marks: Marks, how: How) -> float:
    """Return what the network says with marks painted out; kept for this visitor."""
    if not marks:
        return case.probabilities[case.class_name]
    key = f"{case.subject.key}/without/{how}/{_digest(_mask(case, marks))}"
    image = without(case, marks, how)
    return computed.probabilities(case.network, Subject(image, key))[case.class_name]


def _mask(case: Case, marks: Marks) -> NDArray[np.bool_]:
    height, width = case.subject.image.values.shape[:2]
    return state.mask_of_marks(marks, (int(height), int(width)))


def _digest(mask: NDArray[np.bool_]) -> str:
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:20]


@st.cache_resource(max_entries=3, scope="session", show_spinner=False)
def _painted(subject: str, digest: str, how: How, _case: Case, _marks: Marks) -> MedicalImage:
    return painted(_case.subject.image, _mask(_case, _marks), how)
