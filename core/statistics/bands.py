"""How far a ROC curve or a precision-recall curve may be from the true one, point by point.

At each false alarm rate (ROC) or each recall (precision-recall) the height of the curve is found again in
resamples of whole patients. Their spread says how many independent images the height is worth, and Wilson's
interval for that many stands around it, so that the band does not shrink to a line where the curve touches 0
or 1, as the resamples alone would.

Covers: chance in which patients were sampled, pointwise: at any one place the band is meant to hold the true
curve in 95 of 100 studies. Does not cover: the whole curve at once (it leaves a pointwise band somewhere in
more than 5 of 100), patients of another hospital, another training seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.stats import norm

from core.statistics.intervals import resamples
from core.statistics.metrics import Scores, ratio

N_RESAMPLES: Final = 400
N_PLACES: Final = 101
_MOST_BINS: Final = 1000  # more different scores than this are put together, the same number in each


@dataclass(frozen=True, eq=False)
class Band:
    """A band around a curve.

    Attributes
    ----------
    x
        ndarray of shape (p,), rising from 0 to 1: the false alarm rate, or the recall.
    low, high
        ndarrays of shape (p,), float64 in [0, 1]: of the true positive rate, or of the precision.
    level
        How often it is meant to hold the true curve at any one x.
    """

    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float


@dataclass(frozen=True, eq=False)
class _Tally:
    """Images of each patient by score, the highest first: csr arrays of shape (n_groups, n_bins)."""

    positive: csr_array
    negative: csr_array


@dataclass(frozen=True, eq=False)
class _Climb:
    """How many images are called as the threshold falls: arrays of shape (b, n_bins + 1), from 0."""

    hits: NDArray[np.float64]
    alarms: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Heights:
    """The height of a curve at each place, and how many images it counts there: shape (b, N_PLACES)."""

    value: NDArray[np.float64]
    n: NDArray[np.float64]


def roc_band(
    is_positive: NDArray[np.bool_], score: Scores, patient_of: NDArray[np.integer], *, level: float, seed: int
) -> Band | None:
    """Return the band of a ROC curve, over the false alarm rate; None where a side has no image.

    Where nobody is called falsely the true sensitivity may be anything, so there the band begins at 0.

    Simulated (binormal scores, 300 studies each; tests/test_statistics_bands.py) with 20 to 200 images a
    side, AUROC 0.76 to 0.96, one film a patient or two that resemble each other, a 95 % band held the true
    curve in 0.95 to 0.97 of the studies, averaged over the places, and at the worst place in 0.83 or more.
    The plain percentiles of the same resamples held it in 0.43 to 0.93, averaged.

    Parameters
    ----------
    is_positive, score, patient_of
        ndarrays of shape (n,); patients are numbered from 0.
    level, seed
        Of the band, and of the draws.
    """
    band = _band(_roc_heights, is_positive, score, patient_of, level=level, seed=seed)
    if band is None:
        return None
    seen = np.minimum(1, band.x * (~is_positive).sum())  # below 1: left of the first false alarm
    return replace(band, low=band.low * seen)


def precision_recall_band(
    is_positive: NDArray[np.bool_], score: Scores, patient_of: NDArray[np.integer], *, level: float, seed: int
) -> Band | None:
    """Return the band of a precision-recall curve, over the recall; None where a side has no image.

    Whoever must find the very last one may have to call everybody, so towards a recall of 1 it reaches down
    to the prevalence. Simulated as for `roc_band` it held the true curve in 0.96 to 0.98 of the studies,
    averaged over the places, and at the worst place in 0.86 or more; plain percentiles in 0.44 to 0.95.

    The parameters are those of `roc_band`.
    """
    band = _band(_precision_heights, is_positive, score, patient_of, level=level, seed=seed)
    if band is None:
        return None
    last = np.maximum(0, 1 - (1 - band.x) * is_positive.sum())  # above 0: beyond the last hit but one
    reached = band.low * (1 - last) + float(is_positive.mean()) * last
    return replace(band, low=np.minimum(band.low, reached))


def effective_wilson(
    share: NDArray[np.float64], n: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both ends of Wilson's interval for shares of `n` images, which need not be whole numbers."""
    z = float(norm.ppf((1 + level) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.clip(middle - reach, 0, 1), np.clip(middle + reach, 0, 1)


def _band(
    heights_of: Callable[[_Climb], _Heights],
    is_positive: NDArray[np.bool_],
    score: Scores,
    patient_of: NDArray[np.integer],
    *,
    level: float,
    seed: int,
) -> Band | None:
    if not is_positive.any() or is_positive.all():
        return None
    tally = _tally(is_positive, score, patient_of)
    n_groups, n_bins = tally.positive.shape
    found = heights_of(_climb(tally, np.ones((1, n_groups))))
    draws = resamples(n_groups, N_RESAMPLES, np.random.default_rng(seed), width=n_bins)
    drawn = np.concatenate([heights_of(_climb(tally, counts)).value for counts in draws])
    worth = _effective_n(drawn, found.n[0], films=len(score) / n_groups)
    low, high = effective_wilson(found.value[0], worth, level)
    return Band(_places(), low, high, level)


def _tally(is_positive: NDArray[np.bool_], score: Scores, patient_of: NDArray[np.integer]) -> _Tally:
    bin_of, n_groups = _bins(score), int(patient_of.max()) + 1
    shape = (n_groups, int(bin_of.max()) + 1)
    sides = (
        csr_array((np.ones(side.sum()), (patient_of[side], bin_of[side])), shape=shape)
        for side in (is_positive, ~is_positive)
    )
    return _Tally(*sides)


def _bins(score: Scores) -> NDArray[np.intp]:
    """Number the scores from the highest: each different one by itself, or as many together as need be."""
    values, place = np.unique(-score, return_inverse=True)
    if len(values) <= _MOST_BINS:
        return place
    n_up_to = np.cumsum(np.bincount(place))
    crowded: NDArray[np.intp] = (n_up_to - 1) * _MOST_BINS // len(score)
    return np.unique(crowded, return_inverse=True)[1][place]


def _climb(tally: _Tally, counts: NDArray[np.generic]) -> _Climb:
    """Count hits and alarms with patients counted `counts` (b, n_groups) times."""
    none = np.zeros((len(counts), 1))
    sides = (np.cumsum(counts @ side, axis=1) for side in (tally.positive, tally.negative))
    return _Climb(*(np.concatenate([none, side], axis=1) for side in sides))


def _roc_heights(climb: _Climb) -> _Heights:
    places = _places()
    x, y = (ratio(side, np.broadcast_to(side[:, -1:], side.shape)) for side in (climb.alarms, climb.hits))
    value = np.array([np.interp(places, *row) for row in zip(x, y, strict=True)])
    return _Heights(value, np.repeat(climb.hits[:, -1:], len(places), axis=1))


def _precision_heights(climb: _Climb) -> _Heights:
    """Of the fewest images that must be called to reach a recall: how many are hits."""
    places, called = _places(), climb.hits + climb.alarms
    enough = [
        np.searchsorted(row, np.maximum(places * row[-1] - 1e-9, min(1, row[-1]))) for row in climb.hits
    ]
    n = np.take_along_axis(called, np.array(enough), axis=1)
    return _Heights(ratio(np.take_along_axis(climb.hits, np.array(enough), axis=1), n), n)


def _effective_n(drawn: NDArray[np.float64], n: NDArray[np.float64], *, films: float) -> NDArray[np.float64]:
    """Return how many independent images the height at each place is worth, by its spread over resamples.

    At most as many as it counts; where all resamples agree, as many as it counts patients, about. (Korn and
    Graubard 1998, Survey Methodology 24:193, for proportions of clustered samples.)
    """
    defined = drawn[np.isfinite(drawn).all(axis=1)]
    if len(defined) < 2:
        return np.ones(len(n))
    mean, variance = defined.mean(axis=0), defined.var(axis=0)
    worth = ratio(mean * (1 - mean), variance)
    return np.clip(np.where(np.isfinite(worth), worth, n / films), 1, np.maximum(n, 1))


def _places() -> NDArray[np.float64]:
    return np.linspace(0, 1, N_PLACES)
