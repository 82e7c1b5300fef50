"""The mean of numbers that come several to a patient, with an interval that knows they do."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.intervals import percentile_interval, resamples

LEVEL: Final = 0.95
_N_RESAMPLES: Final = 1000
_SEED: Final = 0


@dataclass(frozen=True)
class Mean:
    """A mean of n numbers of `n_groups` patients; `low` and `high` are its 95 % interval.

    The ends are None where there is none: one patient alone, or numbers that are all the same. `value` is
    None where there is nothing to take the mean of.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_groups: int


def mean_by_group(values: NDArray[np.floating], groups: NDArray[np.integer]) -> Mean:
    """Return the mean of `values` (n,), with an interval for which whole patients (`groups`, (n,)) are drawn.

    Unlike `share_by_group` the values may be any numbers, below 0 too.
    """
    if len(values) == 0:
        return Mean(None, None, None, n=0, n_groups=0)
    patient_of = np.unique(groups, return_inverse=True)[1]
    counts = np.bincount(patient_of).astype(np.float64)
    sums = np.bincount(patient_of, weights=values.astype(np.float64))
    value, n_groups = float(sums.sum() / counts.sum()), len(counts)
    draws = resamples(n_groups, _N_RESAMPLES, np.random.default_rng(_SEED))
    drawn = np.concatenate([(block @ sums) / (block @ counts) for block in draws])
    if not drawn.max() > drawn.min():
        return Mean(value, None, None, n=len(values), n_groups=n_groups)
    interval = percentile_interval(drawn, LEVEL)
    return Mean(value, interval.low, interval.high, n=len(values), n_groups=n_groups)
