"""Brush strokes, and boxes beside them, that a visitor draws on a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.explanation.strokes import Stroke
from ui.drawing.boxes import box_numbers
from ui.drawing.component import Look, Pen, draw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ui.drawing.history import Drawn


def draw_strokes(
    pixels: NDArray[np.uint8], strokes: tuple[Stroke, ...], *, key: str, alt: str
) -> tuple[Stroke, ...]:
    """Let the visitor paint on a picture; the parameters are those of `ui.drawing.boxes.draw_boxes`."""
    now = draw(pixels, strokes, key=key, alt=alt, pen=Pen(("stroke",)))
    return tuple(mark for mark in now.marks if isinstance(mark, Stroke))


def draw_marks(pixels: NDArray[np.uint8], *, key: str, alt: str, most: int, look: Look = "mark") -> Drawn:
    """Let the visitor draw boxes, up to `most`, and brush strokes; return them with their steps."""
    now = draw(pixels, (), key=key, alt=alt, pen=Pen(("box", "stroke"), most, look))
    box_numbers(key, most=most)
    return now
