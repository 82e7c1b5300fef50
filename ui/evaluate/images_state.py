"""Which images a visitor looks at: the kind of list, the cell, the page of it, and the one that is open.

Kept as numbers and words in the session, for one case: another run or split begins anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

import streamlit as st

from core.evaluation.cells import KINDS, Cell, Kind
from ui.evaluate.judged import Judged

Side = Literal["judged", "training"]
WHICH: Final = "images-which"  # the key of the widget that chooses the kind
PAGE: Final = "images-page"  # the key of the widget that chooses the page
CELL: Final = "images-cell"  # [truth, called], indices of classes
_OPENED: Final = "images-opened"  # [side, sample_id]
_JUMP: Final = "images-jump"  # whether the open image was opened in this moment
_LIST_JUMP: Final = "images-list-jump"  # whether a cell was opened in this moment
_OF: Final = "images-of"  # whose images these are


@dataclass(frozen=True)
class Opened:
    """The image that is looked at closely: one of those that are judged, or one of training."""

    side: Side
    sample_id: int


def begin(case: Judged, n_classes: int) -> None:
    """Forget what was looked at of another case."""
    whose = [case.run_id, case.split, case.dataset_id or "", str(case.mapping), n_classes]
    if st.session_state.get(_OF) == whose:
        return
    st.session_state[_OF] = whose
    for key in (CELL, PAGE, _OPENED, _JUMP, _LIST_JUMP):
        st.session_state.pop(key, None)
    if st.session_state.get(WHICH) == "cell":
        st.session_state[WHICH] = "errors"


def kind() -> Kind:
    """Return which images are listed."""
    chosen = st.session_state.get(WHICH)
    return cast("Kind", chosen) if chosen in KINDS else "errors"


def cell() -> Cell | None:
    """Return the cell that was opened."""
    found: Sequence[int] | None = st.session_state.get(CELL)
    return Cell(int(found[0]), int(found[1])) if found else None


def open_cell(chosen: Cell | None) -> None:
    """List the images of a cell, from the first; None closes it and lists the errors again."""
    st.session_state[PAGE] = 1
    if chosen is None:
        st.session_state.pop(CELL, None)
        st.session_state[WHICH] = "errors"
        return
    st.session_state[CELL] = [chosen.truth, chosen.called]
    st.session_state[WHICH] = "cell"
    st.session_state[_LIST_JUMP] = True


def opened() -> Opened | None:
    """Return the image that is open."""
    found = st.session_state.get(_OPENED)
    return Opened(cast("Side", found[0]), int(found[1])) if found else None


def open_image(sample_id: int, *, side: Side = "judged") -> None:
    """Open an image, and let the page move to it."""
    st.session_state[_OPENED] = [side, sample_id]
    st.session_state[_JUMP] = True


def close_image() -> None:
    """Close the open image."""
    st.session_state.pop(_OPENED, None)


def is_fresh() -> bool:
    """Tell once whether the open image was opened in this moment."""
    return bool(st.session_state.pop(_JUMP, False))


def is_fresh_list() -> bool:
    """Tell once whether a cell was opened in this moment."""
    return bool(st.session_state.pop(_LIST_JUMP, False))
