"""Fewer points of a curve, so that a browser draws it at once, and it looks the same."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_POINTS: Final = 500
_STRAIGHT: Final = 1e-14  # a turn less than this is rounding


def thinned(x: NDArray[np.float64], y: NDArray[np.float64], *, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Return which points of a curve to draw: at most `most`, the first and the last among them.

    Points on a straight piece go first, which changes nothing. If too many are left, they are taken at even
    steps along the curve (the way in x and the way in y added up): what is left out lies within one such step
    of what is drawn. A ROC curve is 2 long, so with 500 points within 0.004: less than two pixels of 400.

    Parameters
    ----------
    x, y
        ndarrays of shape (p,).

    Returns
    -------
    ndarray of shape (q,), indices, rising.
    """
    kept = _corners(x, y)
    if len(kept) <= most:
        return kept
    way = np.append(0, np.cumsum(np.abs(np.diff(x[kept])) + np.abs(np.diff(y[kept]))))
    places = np.searchsorted(way, np.linspace(0, way[-1], most))
    chosen: NDArray[np.intp] = kept[np.unique(np.minimum(places, len(kept) - 1))]
    return chosen


def _corners(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the points where the curve turns; those on a straight piece say nothing more."""
    across, up = np.diff(x), np.diff(y)
    if len(across) < 2:
        return np.arange(len(x))
    turns = np.abs(across[:-1] * up[1:] - up[:-1] * across[1:]) > _STRAIGHT
    return np.flatnonzero(np.concatenate([[True], turns, [True]]))
