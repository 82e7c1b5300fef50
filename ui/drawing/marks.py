"""What may be marked on a picture, as it goes to the browser and as it comes back, where it is checked."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import ValidationError

from core.errors import LightboxError
from core.explanation.regions import Box
from core.explanation.strokes import Stroke

Mark = Box | Stroke
Marks = tuple[Mark, ...]
Tool = Literal["box", "stroke"]
Ask = Literal["undo", "redo", "clear"]

MOST_MARKS: Final = 60
ASKS: Final[tuple[Ask, ...]] = ("undo", "redo", "clear")


def to_sent(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Return marks as the component draws them."""
    return [_sent(mark) for mark in marks]


def from_sent(sent: Any, tools: Sequence[Tool], most: int) -> Marks | None:
    """Return the marks that a browser sent; None if these are none, or more than `most` boxes."""
    if not isinstance(sent, list) or len(sent) > MOST_MARKS:
        return None
    marks = [_mark(one) for one in sent]
    boxes = [mark for mark in marks if isinstance(mark, Box)]
    strokes = [mark for mark in marks if isinstance(mark, Stroke)]
    if len(boxes) + len(strokes) < len(marks) or len(boxes) > most:
        return None
    if (boxes and "box" not in tools) or (strokes and "stroke" not in tools):
        return None
    return tuple(mark for mark in marks if mark is not None)


def _sent(mark: Mark) -> dict[str, Any]:
    if isinstance(mark, Box):
        return {"kind": "box", **mark.model_dump()}
    points = [share for point in mark.points for share in point]
    return {"kind": "stroke", "points": points, "width": mark.width}


def _mark(sent: Any) -> Mark | None:
    try:
        match sent:
            case {"kind": "box", **sides}:
                return Box.model_validate(sides)
            case {"kind": "stroke", "points": [*numbers], "width": width, **rest} if not rest:
                points = list(zip(numbers[::2], numbers[1::2], strict=True))
                return Stroke.model_validate({"points": points, "width": width})
    except (ValidationError, LightboxError, ValueError):
        return None
    return None
