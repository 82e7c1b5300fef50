"""A share of things that come several to a patient, with an interval that knows they do.

The bootstrap draws whole patients. Where it has no width (none or all of them are hits), Wilson's interval on
the number of patients takes its place.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.intervals import Interval, percentile_interval, resamples, wilson

LEVEL: Final = 0.95
_N_RESAMPLES: Final = 1000
_SEED: Final = 0


@dataclass(frozen=True)
class Share:
    """A share in [0, 1] of n things of `n_groups` patients; `low` and `high` are its 95 % interval.

    The three numbers are None where there is nothing to count.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_groups: int


def share_by_group(hits: NDArray[np.floating] | NDArray[np.bool_], groups: NDArray[np.integer]) -> Share:
    """Return the mean of `hits` with its interval.

    Parameters
    ----------
    hits
        ndarray of shape (n,), bool, or a share in [0, 1] for each thing.
    groups
        ndarray of shape (n,): the number of each thing's patient.
    """
    if len(hits) == 0:
        return Share(None, None, None, n=0, n_groups=0)
    patient_of = np.unique(groups, return_inverse=True)[1]
    counts = np.bincount(patient_of).astype(np.float64)
    sums = np.bincount(patient_of, weights=hits).astype(np.float64)
    value = float(sums.sum() / counts.sum())
    interval = _interval(sums, counts, value)
    return Share(value, interval.low, interval.high, n=len(hits), n_groups=len(counts))


def _interval(sums: NDArray[np.float64], counts: NDArray[np.float64], value: float) -> Interval:
    draws = resamples(len(counts), _N_RESAMPLES, np.random.default_rng(_SEED))
    drawn = np.concatenate([(block @ sums) / (block @ counts) for block in draws])
    if drawn.max() > drawn.min():
        return percentile_interval(drawn, LEVEL)
    return wilson(round(value * len(counts)), len(counts), LEVEL)
