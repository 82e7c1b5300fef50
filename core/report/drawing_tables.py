"""The counts and the intervals of a report as SVG: who was called what, and one row a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREY, VERMILION
from core.language import _, joined
from core.report.drawing import WIDTH, height_of
from core.report.svg import MUTED, SIZE, Canvas, Plane, Stroke, cut

_PALE: Final = (238, 243, 248)
_DARK: Final = (8, 75, 131)
_DARK_FROM: Final = 0.5  # of a row: from here on the cell is dark and its words are white
_MOST_WITH_NUMBERS: Final = 8  # classes: with more of them a cell is too small for words
_MOST_WITH_NAMES: Final = 16
_WIDE: Final = 620
_ROW: Final = 20
_LABELS: Final = 0.6  # of the width
_LONGEST: Final = 25  # of a label, in letters: its number stands beside it


def confusion_matrix(matrix: NDArray[np.integer], class_names: Sequence[str]) -> str:
    """Draw who was called what: rows the truth, columns what was called; counts, and per cent of the row.

    Parameters
    ----------
    matrix
        ndarray of shape (k, k).
    class_names
        The k classes.
    """
    k, hits = len(class_names), int(np.trace(matrix))
    title = _("{hits} of {n} images were called right", hits=hits, n=int(matrix.sum()))
    canvas = Canvas(WIDTH, height_of(0), title=title, description=_spelled_out(matrix, class_names))
    left, top, right = 72.0, canvas.top + 8, WIDTH - 10.0
    side = (right - left) / k
    height = min(side, 218 / k)
    for row, column in np.ndindex(matrix.shape):
        corner = (left + column * side, top + row * height)
        _cell(canvas, corner, (side, height), matrix[row], column)
    _names(canvas, class_names, (left, top, side, height))
    foot = top + k * height
    canvas.text((left + right) / 2, foot + 34, _("Called"), anchor="middle")
    canvas.text(12, (top + foot) / 2, _("Truth"), anchor="middle", turned=True)
    canvas.text(left, foot + 52, _("darker: a larger part of its row"), size=SIZE - 2, colour=MUTED)
    return canvas.markup()


def _cell(
    canvas: Canvas,
    corner: tuple[float, float],
    size: tuple[float, float],
    row: NDArray[np.integer],
    column: int,
) -> None:
    total = int(row.sum())
    share = int(row[column]) / total if total else 0.0
    canvas.box(corner, (size[0] - 1.5, size[1] - 1.5), _shade(share))
    if len(row) > _MOST_WITH_NUMBERS:
        return
    middle, colour = corner[0] + size[0] / 2, "#FFFFFF" if share >= _DARK_FROM else "#152238"
    count, high = f"{int(row[column]):,}", corner[1] + size[1] / 2
    if len(row) <= 4:
        canvas.text(middle, high - 1, count, anchor="middle", size=SIZE + 3, colour=colour, weight="bold")
        canvas.text(middle, high + 15, f"{share:.0%}" if total else "–", anchor="middle", colour=colour)
    else:
        canvas.text(middle, high + 4, count, anchor="middle", size=SIZE - 3, colour=colour)


def _names(canvas: Canvas, class_names: Sequence[str], place: tuple[float, float, float, float]) -> None:
    left, top, side, height = place
    k = len(class_names)
    if k > _MOST_WITH_NAMES:
        return
    longest = max(4, int(side / 7))
    for index, name in enumerate(class_names):
        across = left + (index + 0.5) * side
        canvas.text(across, top + k * height + 15, cut(name, longest), anchor="middle", size=SIZE - 3)
        if k <= 3:
            words = cut(name, int(height / 7))
            canvas.text(
                left - 8, top + (index + 0.5) * height, words, anchor="middle", size=SIZE - 2, turned=True
            )
        else:
            canvas.text(left - 4, top + (index + 0.5) * height + 4, cut(name, 9), anchor="end", size=SIZE - 3)


def _shade(share: float) -> str:
    mixed = (round(pale + (dark - pale) * share) for pale, dark in zip(_PALE, _DARK, strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _spelled_out(matrix: NDArray[np.integer], class_names: Sequence[str]) -> str:
    rows = []
    for name, row in zip(class_names[:_MOST_WITH_NUMBERS], matrix, strict=False):
        called = joined(f"{other} {n}" for other, n in zip(class_names, row, strict=True) if n)
        rows.append(_("truly '{name}': called {called}", name=name, called=called or "-"))
    return joined(rows, "; ")


@dataclass(frozen=True)
class Row:
    """A row of a forest plot; `value` None where there is none, `is_faint` where nothing should be read."""

    label: str
    words: str
    value: float | None
    low: float | None = None
    high: float | None = None
    is_faint: bool = False
    is_heading: bool = False


def forest(rows: Sequence[Row], *, title: str, x: str, whole: float | None = None) -> str:
    """Draw values with their intervals, one row each, and a line where the whole lies.

    Parameters
    ----------
    rows
        From top to bottom.
    title, x
        The finding or the question, and the metric.
    whole
        Of all images together.
    """
    said = joined((f"{row.label}: {row.words}" for row in rows if not row.is_heading), "; ")
    n_lines = len(rows)
    canvas = Canvas(_WIDE, 80 + _ROW * n_lines, title=title, description=said)
    low, high = _range(rows)
    plane = Plane(
        canvas, _WIDE * _LABELS, canvas.top + 6, _WIDE - 12, canvas.top + 10 + _ROW * n_lines, (low, high)
    )
    ticks = [float(tick) for tick in np.linspace(low, high, 6)]
    plane.axes(x=x, y="", x_ticks=ticks, y_ticks=())
    if whole is not None:
        across = plane.at(whole, 0)[0]
        canvas.line((across, plane.top), (across, plane.bottom), Stroke(VERMILION, 1.4, "6 3"))
    for index, row in enumerate(rows):
        _row(plane, row, plane.top + _ROW * (index + 0.5) + 2)
    return canvas.markup()


def _row(plane: Plane, row: Row, y: float) -> None:
    canvas, colour = plane.canvas, MUTED if row.is_faint else "#152238"
    if row.is_heading:
        canvas.text(4, y + 4, cut(row.label, 44), weight="bold")
        return
    canvas.text(12, y + 4, cut(row.label, _LONGEST), colour=colour)
    canvas.text(plane.left - 8, y + 4, row.words, anchor="end", size=SIZE - 2, colour=colour)
    drawn = GREY if row.is_faint else BLUE
    if row.low is not None and row.high is not None:
        ends = (plane.at(row.low, 0)[0], y), (plane.at(row.high, 0)[0], y)
        canvas.line(*ends, Stroke(drawn, 1.8, "3 2" if row.is_faint else ""))
    if row.value is not None:
        fill = "#FFFFFF" if row.is_faint else drawn
        canvas.dot((plane.at(row.value, 0)[0], y), 4, fill, Stroke(drawn, 1.4))


def _range(rows: Sequence[Row]) -> tuple[float, float]:
    """Return from where to where the axis goes: all of 0 to 1, or its upper half where all lie there."""
    least = [end for row in rows for end in (row.low, row.value) if end is not None]
    lowest = min(least, default=0.0)
    return (0.5, 1.0) if lowest >= 0.5 else (min(0.0, lowest), 1.0)
