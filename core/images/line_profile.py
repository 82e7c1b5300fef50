"""The values along a line through a picture, and how wide a peak or an edge on it is.

Covers: bilinear sampling, lengths in millimetres with pixels that are not square, the full width at half
maximum of one peak, the 10 to 90 per cent width of one edge.
Does not cover: several peaks on one line (no width is told), the noise's own share in a width.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_FINEST: Final = 0.5  # of a source pixel, from sample to sample
_MOST: Final = 2048  # samples
_END_SHARE: Final = 0.08  # of the line, at each end: what lies around the peak or beside the edge
_PEAK: Final = 4.0  # times the difference of both ends: from here on a bump is called a peak
_EDGE: Final = 0.7  # of the whole range: what the difference of both ends makes of an edge
_QUIET: Final = 0.25  # of the height: as far may the values beside an edge wander
_SLOWEST: Final = (
    2.3  # 10 to 90 over 25 to 75 per cent: 1.6 for a ramp, 1.9 blurred; more is a slope beside it
)


@dataclass(frozen=True)
class Line:
    """A line between two places of a picture, in pixels: (0, 0) is the middle of the first pixel."""

    row_from: float
    column_from: float
    row_to: float
    column_to: float

    def length(self, spacing: tuple[float, float] = (1.0, 1.0)) -> float:
        """Return its length for pixels that are `spacing` (down, across) apart, in the unit of `spacing`."""
        down = (self.row_to - self.row_from) * spacing[0]
        across = (self.column_to - self.column_from) * spacing[1]
        return float(np.hypot(down, across))

    def seen_in(self, *, top: float, left: float, down: float, across: float) -> "Line":
        """Return the same line in the pixels of another picture of the same scene.

        Parameters
        ----------
        top, left
            Where the upper and the left edge of that picture lie, in this picture's pixels from its edges.
        down, across
            How high and how wide its pixels are, in this picture's pixels.
        """
        return Line(
            row_from=(self.row_from + 0.5 - top) / down - 0.5,
            column_from=(self.column_from + 0.5 - left) / across - 0.5,
            row_to=(self.row_to + 0.5 - top) / down - 0.5,
            column_to=(self.column_to + 0.5 - left) / across - 0.5,
        )


def line_at(row: float, column: float, *, angle_degrees: float, length: float) -> Line:
    """Return the line of `length` pixels around a middle; 0 degrees runs right, 90 degrees runs up."""
    angle = np.deg2rad(angle_degrees)
    half_down, half_across = -np.sin(angle) * length / 2, np.cos(angle) * length / 2
    return Line(row - half_down, column - half_across, row + half_down, column + half_across)


def n_samples(line: Line) -> int:
    """Return how many samples show all that a line through a picture can show: two a pixel, 2 048 at most."""
    return int(np.clip(np.ceil(line.length() / _FINEST) + 1, 2, _MOST))


def sample_line(pixels: NDArray[np.generic], line: Line, *, n: int) -> NDArray[np.float64]:
    """Return the values along a line, each weighed from the four pixels around it.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W), any units.
    line
        In the pixels of this picture.
    n
        How many values, evenly spaced, both ends among them.

    Returns
    -------
    ndarray of shape (n,), float64; NaN outside the picture. The outer half of a border pixel has its value.
    """
    height, width = pixels.shape
    rows = np.linspace(line.row_from, line.row_to, n)
    columns = np.linspace(line.column_from, line.column_to, n)
    # only the part of the picture that the line crosses is converted
    top, left = (
        int(np.clip(np.floor(at.min()), 0, size - 1)) for at, size in ((rows, height), (columns, width))
    )
    bottom, right = int(max(top, np.ceil(rows.max()))) + 2, int(max(left, np.ceil(columns.max()))) + 2
    part = pixels[top:bottom, left:right].astype(np.float64)
    values = ndimage.map_coordinates(part, [rows - top, columns - left], order=1, mode="nearest")
    is_inside = (rows >= -0.5) & (rows <= height - 0.5) & (columns >= -0.5) & (columns <= width - 0.5)
    return np.where(is_inside, values, np.nan)


@dataclass(frozen=True)
class Width:
    """How wide the one peak or edge of a profile is.

    Attributes
    ----------
    kind
        "peak" or "valley": full width at half of its height; "edge": from 10 to 90 per cent of its height.
    start, end
        Where it is measured, on the axis of the profile.
    low, high
        The values there.
    """

    kind: Literal["peak", "valley", "edge"]
    start: float
    end: float
    low: float
    high: float

    @property
    def length(self) -> float:
        """How wide it is, in the unit of the axis."""
        return self.end - self.start


def measure_width(distances: NDArray[np.float64], values: NDArray[np.float64]) -> Width | None:
    """Measure the one peak or the one edge of a profile; None where there is not exactly one.

    Both ends of the line tell what lies around the peak or beside the edge: their mean over 8 per cent of it.
    """
    seen = np.isfinite(values)
    if seen.sum() < 8:
        return None
    distances, values = distances[seen], values[seen]
    n_end = max(2, round(_END_SHARE * len(values)))
    first, last = float(values[:n_end].mean()), float(values[-n_end:].mean())
    span = float(np.ptp(values))
    if span == 0:
        return None
    above = float(values.max()) - max(first, last)
    below = min(first, last) - float(values.min())
    step = abs(last - first)
    if max(above, below) > _PEAK * step:
        return _peak(distances, values, (first + last) / 2, is_bright=above >= below)
    return _edge(distances, values, first, last) if step > _EDGE * span else None


def _peak(
    distances: NDArray[np.float64], values: NDArray[np.float64], around: float, *, is_bright: bool
) -> Width | None:
    sign = 1.0 if is_bright else -1.0
    heights = (values - around) * sign
    heights = heights / heights.max()
    top = int(np.argmax(heights))
    start = _crossing(distances[: top + 1][::-1], heights[: top + 1][::-1], 0.5)
    end = _crossing(distances[top:], heights[top:], 0.5)
    if start is None or end is None:
        return None
    outside = heights[(distances < start) | (distances > end)]
    if (outside > 0.5).any() or (heights[(distances > start) & (distances < end)] < 0.5).any():
        return None
    middle = around + sign * 0.5 * abs(values[top] - around)
    return Width("peak" if is_bright else "valley", start, end, float(middle), float(middle))


def _edge(
    distances: NDArray[np.float64], values: NDArray[np.float64], first: float, last: float
) -> Width | None:
    heights = (values - first) / (last - first)
    crossings = np.flatnonzero(np.diff(heights >= 0.5))
    if len(crossings) != 1:
        return None
    middle = int(crossings[0]) + 1
    ends = {level: _around(distances, heights, middle, level) for level in (0.1, 0.25, 0.75, 0.9)}
    start, lower, upper, end = ends.values()
    if start is None or lower is None or upper is None or end is None:
        return None
    before, after = heights[distances < start], heights[distances > end]
    is_quiet = (np.abs(before) <= _QUIET).all() and (np.abs(after - 1) <= _QUIET).all()
    if not is_quiet or end - start > _SLOWEST * (upper - lower):
        return None
    return Width("edge", start, end, first + 0.1 * (last - first), first + 0.9 * (last - first))


def _around(
    distances: NDArray[np.float64], heights: NDArray[np.float64], middle: int, level: float
) -> float | None:
    """Return where an edge that passes one half just before `middle` has a level: below it lies earlier."""
    if level < 0.5:
        return _crossing(distances[: middle + 1][::-1], heights[: middle + 1][::-1], level)
    return _crossing(distances[middle - 1 :], heights[middle - 1 :], level)


def _crossing(distances: NDArray[np.float64], heights: NDArray[np.float64], level: float) -> float | None:
    """Return where the heights first cross `level`, walking along; None where they never do."""
    is_above = heights >= level
    changes = np.flatnonzero(is_above[1:] != is_above[:-1])
    if len(changes) == 0:
        return None
    at = int(changes[0])
    share = (level - heights[at]) / (heights[at + 1] - heights[at])
    return float(distances[at] + share * (distances[at + 1] - distances[at]))
