"""Boxes that a visitor draws on a picture; a fold beside it gives the same by four numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.explanation.regions import Box
from core.language import _
from ui.drawing.component import Pen, draw
from ui.drawing.history import Drawn, drawn, put_marks
from ui.drawing.marks import Mark, Marks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIDES: Final = ("left", "top", "right", "bottom")
_NEW: Final = Box(left=0.35, top=0.35, right=0.65, bottom=0.65)


def draw_boxes(
    pixels: NDArray[np.uint8], boxes: tuple[Box, ...], *, key: str, alt: str, most: int = 1
) -> tuple[Box, ...]:
    """Let the visitor draw boxes on a picture, by mouse, finger, keys or numbers; undo, redo and clear.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W) or (H, W, 3), uint8: the picture, at the size of a screen (see
        core.explanation.film.film).
    boxes
        Those that are there at first.
    key
        Names the drawing in the session: it outlives reruns, and a change of language, level or page. Another
        picture wants another key.
    alt
        What is seen on the picture.
    most
        How many boxes there may be; one more takes the place of the last.

    Returns
    -------
    The boxes that are there now, in the order of drawing.
    """
    now = draw(pixels, boxes, key=key, alt=alt, pen=Pen(("box",), most))
    box_numbers(key, boxes, most=most)
    return tuple(mark for mark in now.marks if isinstance(mark, Box))


def box_numbers(key: str, start: Marks = (), *, most: int = 1) -> None:
    """Show the boxes of a drawing as numbers, in a fold: for those who cannot or would rather not draw."""
    now = drawn(key, start)
    marks = now.marks
    places = [place for place, mark in enumerate(marks) if isinstance(mark, Box)]
    with st.expander(_("Boxes by numbers"), key=f"{key}-numbers"):
        st.caption(_("In per cent of the picture's width and height, from its upper left corner."))
        for n, place in enumerate(places, start=1):
            _row(key, now, start, place, n)
        if len(places) < most:
            st.button(
                _("Add a box"),
                key=f"{key}-add",
                on_click=put_marks,
                args=(key, (*marks, _NEW), start),
            )


def _row(key: str, now: Drawn, start: Marks, place: int, n: int) -> None:
    """Show the four numbers of a box; one that would turn it inside out pushes the side across.

    Each turn of the drawing has number fields of its own, which count until the next turn. What the browser
    sends right after a turn holds the numbers of the one before: they would pass for a change, and take the
    box back.
    """
    marks, fields = now.marks, f"{key}-{now.turn}-{n}"
    titles = {
        "left": _("Box {n}: left", n=n),
        "top": _("Box {n}: top", n=n),
        "right": _("Box {n}: right", n=n),
        "bottom": _("Box {n}: bottom", n=n),
    }

    def change(side: str) -> None:
        if drawn(key, start).turn != now.turn:
            return
        share = st.session_state[f"{fields}-{side}"] / 100
        put_marks(key, _with(marks, place, _moved(_box(marks[place]), side, share)), start)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        for side in _SIDES:
            name = f"{fields}-{side}"
            st.session_state[name] = round(100 * getattr(marks[place], side))  # as it is drawn
            st.number_input(titles[side], 0, 100, step=1, key=name, on_change=change, args=(side,), width=110)
        st.button(
            _("Remove box {n}", n=n),
            key=f"{key}-{n}-remove",
            on_click=put_marks,
            args=(key, marks[:place] + marks[place + 1 :], start),
        )


def _box(mark: Mark) -> Box:
    if not isinstance(mark, Box):
        raise TypeError("Only boxes have sides")
    return mark


def _with(marks: Marks, place: int, box: Box) -> Marks:
    return (*marks[:place], box, *marks[place + 1 :])


def _moved(box: Box, side: str, share: float) -> Box:
    """Return a box with one side elsewhere, at least one per cent wide and high."""
    low, high = ("left", "right") if side in ("left", "right") else ("top", "bottom")
    if side == low:
        share = min(share, 0.99)
        sides = {low: share, high: max(getattr(box, high), share + 0.01)}
    else:
        share = max(share, 0.01)
        sides = {high: share, low: min(getattr(box, low), share - 0.01)}
    return Box.model_validate({**box.model_dump(), **sides})
