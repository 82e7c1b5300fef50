"""Make pictures smaller by the mean over the area of each new pixel, and grey."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.transforms.preprocessing import QUANTISED_MAX, unit
from core.transforms.preprocessing.colour import luma

Plane = NDArray[np.float64]
_LARGEST: Final = 128  # side in pixels that features are measured at: texture there says what it says above


def shrunk(planes: NDArray[np.floating], side: int) -> NDArray[np.float64]:
    """Return planes (..., H, W) with at most `side` rows and columns: each new pixel is the mean of its area.

    Nothing is made larger. A pixel that lies in two areas counts for either with the part that lies in it.
    """
    height, width = planes.shape[-2:]
    rows, columns = _parts(height, min(side, height)), _parts(width, min(side, width))
    small: NDArray[np.float64] = rows @ planes.astype(np.float64) @ columns.T
    return small


def grey_of(picture: NDArray[np.uint16]) -> Plane:
    """Return a cached picture (C, H, W), uint16, as grey levels (h, w) in [0, 1], 128 a side at most."""
    pixels = np.ascontiguousarray(unit(picture).transpose(1, 2, 0))  # (C, H, W) -> (H, W, C)
    grey = shrunk(luma(pixels), _LARGEST)
    rounded: Plane = np.round(grey * QUANTISED_MAX) / QUANTISED_MAX  # or an even picture would have a texture
    return rounded


def _parts(n: int, n_areas: int) -> NDArray[np.float64]:
    """Return how much of each of n pixels lies in each area, (n_areas, n); each row adds up to 1."""
    edges = np.arange(n_areas + 1) * (n / n_areas)
    low = np.maximum(edges[:-1, None], np.arange(n))
    high = np.minimum(edges[1:, None], np.arange(1, n + 1))
    covered: NDArray[np.float64] = np.maximum(high - low, 0)
    parts: NDArray[np.float64] = covered / covered.sum(axis=1, keepdims=True)
    return parts
