"""Texture as it was measured before deep learning: co-occurring grey levels and local binary patterns.

Co-occurrence: Haralick 1973, doi:10.1109/TSMC.1973.4309314. Local binary patterns, the uniform ones of eight
neighbours at distance 1 that a rotation leaves alike: Ojala 2002, doi:10.1109/TPAMI.2002.1017623. Both are
tested against scikit-image.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.experiments.rivals.reduced import Plane

N_LEVELS: Final = 16
DISTANCES: Final = (1, 4)
HARALICK: Final = ("contrast", "homogeneity", "energy", "correlation", "entropy")
N_PATTERNS: Final = 10  # 0 to 8 bright neighbours in one piece, and every other pattern together
_DIAGONAL: Final = np.sqrt(0.5)
_EVEN: Final = 1e-9  # rounding of the interpolation must not make a pattern of an even area
_ROWS, _COLUMNS = np.indices((N_LEVELS, N_LEVELS))


def cooccurrence(grey: Plane) -> NDArray[np.float64]:
    """Return the five measures of HARALICK at each of DISTANCES, (10,), as the mean over four directions.

    Grey levels are divided into 16 equal steps, and pairs are counted both ways. Correlation of a picture
    that has one level only is 1, as scikit-image has it; a picture smaller than the distance has zeros.
    """
    levels = np.clip((grey * N_LEVELS).astype(np.int64), 0, N_LEVELS - 1)
    found = []
    for distance in DISTANCES:
        slant = round(distance * float(_DIAGONAL))
        steps = ((0, distance), (slant, slant), (distance, 0), (slant, -slant))
        found.append(np.mean([_measures(_pairs(levels, *step)) for step in steps], axis=0))
    return np.concatenate(found)


def binary_patterns(grey: Plane) -> NDArray[np.int64]:
    """Return the pattern of each pixel that has eight neighbours, (h - 2, w - 2), from 0 to 9.

    0 to 8: how many of the neighbours are at least as bright as the pixel, where these stand side by side on
    the circle (at most two changes between bright and dark); 9: any other pattern. Neighbours on the diagonal
    lie between pixels and are interpolated.
    """
    bright = np.stack([side - grey[1:-1, 1:-1] >= -_EVEN for side in _circle(grey)])  # (8, h - 2, w - 2)
    changes = (bright != np.roll(bright, 1, axis=0)).sum(axis=0)
    return np.where(changes <= 2, bright.sum(axis=0), N_PATTERNS - 1).astype(np.int64)


def pattern_shares(grey: Plane) -> NDArray[np.float64]:
    """Return how much of the picture has each pattern, (10,); the sum is 1, or 0 of a picture too small."""
    counts = np.bincount(binary_patterns(grey).ravel(), minlength=N_PATTERNS).astype(np.float64)
    shares: NDArray[np.float64] = counts / max(1.0, counts.sum())
    return shares


def _pairs(levels: NDArray[np.int64], down: int, right: int) -> NDArray[np.float64]:
    """Return how often two levels stand `down` rows and `right` columns apart, (16, 16), as shares."""
    height, width = levels.shape
    one = levels[: max(height - down, 0), max(-right, 0) : width - max(right, 0)]
    other = levels[down:, max(right, 0) : width + min(right, 0)]
    counts = np.bincount((one * N_LEVELS + other).ravel(), minlength=N_LEVELS**2).astype(np.float64)
    both = counts.reshape(N_LEVELS, N_LEVELS) + counts.reshape(N_LEVELS, N_LEVELS).T
    shares: NDArray[np.float64] = both / max(1.0, both.sum())
    return shares


def _measures(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = (_ROWS - _COLUMNS) ** 2
    mean = (pairs * _ROWS).sum()
    variance = (pairs * (_ROWS - mean) ** 2).sum()
    covariance = (pairs * (_ROWS - mean) * (_COLUMNS - mean)).sum()
    there = pairs[pairs > 0]
    return np.array(
        [
            (pairs * apart).sum(),
            (pairs / (1 + apart)).sum(),
            np.sqrt((pairs**2).sum()),
            covariance / variance if variance > 1e-15 else float(len(there) > 0),
            -(there * np.log2(there)).sum(),
        ]
    )


def _circle(grey: Plane) -> list[Plane]:
    """Return the eight neighbours of each inner pixel, in order around it."""
    height, width = grey.shape

    def moved(down: int, right: int) -> Plane:
        return grey[1 + down : height - 1 + down, 1 + right : width - 1 + right]

    near, far = _DIAGONAL, 1 - _DIAGONAL
    found = []
    for down, right in ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)):
        if 0 in (down, right):
            found.append(moved(down, right))
            continue
        rows = far * moved(0, 0) + near * moved(down, 0), far * moved(0, right) + near * moved(down, right)
        found.append(far * rows[0] + near * rows[1])
    return found
