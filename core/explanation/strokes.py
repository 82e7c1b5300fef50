"""A brush stroke that somebody drew on an image: a line in fractions of its sides, and the brush's width."""

import math
from collections.abc import Iterable
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

MOST_POINTS: Final = 500

_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Point = tuple[_Share, _Share]


class Stroke(BaseModel):
    """A brush stroke on an image.

    Attributes
    ----------
    points
        Where the middle of the brush went, each (x, y) in fractions of the image's width and height; one
        point is a dab.
    width
        Of the brush, in fractions of the image's shorter side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: tuple[_Point, ...] = Field(min_length=1, max_length=MOST_POINTS)
    width: float = Field(ge=0.005, le=0.5)

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return what the brush covered of an image of `shape` (H, W), ndarray of bool: one pixel or more."""
        height, width = shape
        covered = np.zeros(shape, dtype=np.bool_)
        radius = self.width * min(shape) / 2
        line = [(x * width, y * height) for x, y in self.points]
        for start, end in zip(line, line[1:] or line, strict=False):
            _cover(covered, start, end, radius)
        x, y = line[0]  # however thin the brush, a pixel is under it
        covered[min(int(y), height - 1), min(int(x), width - 1)] = True
        return covered


def mask_of(strokes: Iterable[Stroke], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return what any of the strokes covered of an image of `shape` (H, W), ndarray of bool."""
    covered = np.zeros(shape, dtype=np.bool_)
    for stroke in strokes:
        covered |= stroke.mask(shape)
    return covered


def _cover(
    covered: NDArray[np.bool_], start: tuple[float, float], end: tuple[float, float], radius: float
) -> None:
    """Mark the pixels whose centres lie within `radius` of a straight line."""
    height, width = covered.shape
    left, right = min(start[0], end[0]) - radius, max(start[0], end[0]) + radius
    top, bottom = min(start[1], end[1]) - radius, max(start[1], end[1]) + radius
    columns = slice(max(0, math.floor(left)), min(width, math.ceil(right) + 1))
    rows = slice(max(0, math.floor(top)), min(height, math.ceil(bottom) + 1))
    y, x = (axis + 0.5 for axis in np.ogrid[rows, columns])
    across, down = end[0] - start[0], end[1] - start[1]
    length = across**2 + down**2
    along = ((x - start[0]) * across + (y - start[1]) * down) / length if length else 0.0
    along = np.clip(along, 0, 1)  # 0 at the start of the line, 1 at its end
    distance = (x - start[0] - along * across) ** 2 + (y - start[1] - along * down) ** 2
    covered[rows, columns] |= distance <= radius**2
