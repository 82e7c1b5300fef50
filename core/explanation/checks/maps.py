"""Compare maps: rank correlation, coarser grids, and copies of a map moved elsewhere. No torch here.

A random map must be as smooth as the map that it stands against, and hold the same values: a coarse blob
beats white noise whatever it marks. So a random map is the map itself, rolled over the edges by at least a
quarter of a side and flipped or not. What is random is the place alone.

Does not cover: the frame of the image. A map moved elsewhere may lie on a black border, where nothing counts,
so that pointing at the body alone beats some of them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

_LEAST_SHIFT = 0.25  # of a side


def is_flat(values: NDArray[np.floating]) -> bool:
    """Tell whether a map says the same everywhere."""
    return bool(np.ptp(values) == 0)


def rank_correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return Spearman's correlation of the sizes (absolute values) of two maps of one shape, -1 to 1.

    Two maps have nothing in common where one of them is the same everywhere: 0.
    """
    ranks = [rankdata(np.abs(values), axis=None) for values in (one, other)]
    centred: list[NDArray[np.float64]] = [rank - rank.mean() for rank in ranks]
    size = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum() / size) if size else 0.0


def pooled(values: NDArray[np.floating], grid: tuple[int, int]) -> NDArray[np.float64]:
    """Return the mean size (absolute value) of a map in each cell of a grid, ndarray of shape `grid`."""
    sizes = np.abs(values).astype(np.float64)
    for axis, n_cells in enumerate(grid):
        borders = np.linspace(0, sizes.shape[axis], n_cells + 1).round().astype(int)[:-1]
        counts = np.diff(np.append(borders, sizes.shape[axis]))
        shape = (-1, 1) if axis == 0 else (1, -1)
        sizes = np.add.reduceat(sizes, borders, axis=axis) / counts.reshape(shape)
    return np.asarray(sizes, dtype=np.float64)


def moved_elsewhere(
    values: NDArray[np.float32], n: int, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return `n` copies of a map (H, W), rolled far and flipped at random: ndarray of shape (n, H, W)."""
    height, width = values.shape
    down, across = np.indices(values.shape)
    far = (np.minimum(down, height - down) >= _LEAST_SHIFT * height) | (
        np.minimum(across, width - across) >= _LEAST_SHIFT * width
    )
    shifts = np.argwhere(far)  # (n_shifts, 2)
    chosen = shifts[generator.choice(len(shifts), size=n, replace=n > len(shifts))]
    flips = generator.integers(2, size=(n, 2))
    copies = [
        np.roll(values[:: 1 - 2 * up, :: 1 - 2 * side], tuple(shift), axis=(0, 1))
        for shift, (up, side) in zip(chosen, flips, strict=True)
    ]
    return np.stack(copies)


def areas_under(scores: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area under each curve (..., n) over `shares` (n,), by trapezia."""
    return np.asarray(np.trapezoid(scores, shares, axis=-1), dtype=np.float64)
