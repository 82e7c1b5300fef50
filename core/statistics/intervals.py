"""How far a measured value may be from the true one: Wilson, DeLong, Newcombe, and the bootstrap by patient.

Images of one patient resemble each other, so 200 images of 50 patients tell less than 200 of 200. The
bootstrap draws whole patients, with replacement; Wilson and DeLong take each image for a witness of its
own and are right only where each patient has one.

Covers: chance in which patients were sampled. Does not cover: patients of another hospital, another
training seed, or a threshold that was chosen on the same images.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import binomtest, norm, rankdata

from core.statistics.metrics import Scores
from core.statistics.roc import auroc

MIN_DEFINED: Final = 0.9  # of the resamples; with fewer, an interval over the rest would flatter
_BLOCK: Final = 2_000_000  # numbers held at a time while resampling: 16 MB


@dataclass(frozen=True)
class Interval:
    """Both ends of an interval; NaN where there is none."""

    low: float
    high: float

    @property
    def is_defined(self) -> bool:
        """Whether both ends are numbers."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


NO_INTERVAL: Final = Interval(np.nan, np.nan)


def wilson(hits: int, n: int, level: float) -> Interval:
    """Return Wilson's score interval for `hits` of `n` (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    if n == 0:
        return NO_INTERVAL
    interval = binomtest(hits, n).proportion_ci(confidence_level=level, method="wilson")
    return Interval(float(interval.low), float(interval.high))


@dataclass(frozen=True, eq=False)
class Placements:
    """How each image stands among those of the other side, ties counting half.

    `below` has shape (n_positive,): for each positive image the share of the negatives that score lower.
    `above` has shape (n_negative,): for each negative one the share of the positives that score higher.
    Either mean is the AUROC.
    """

    below: NDArray[np.float64]
    above: NDArray[np.float64]


def placements(is_positive: NDArray[np.bool_], score: Scores) -> Placements:
    """Return the placement values of DeLong 1988, from ranks (Sun and Xu 2014): O(n log n).

    `is_positive` and `score` have shape (n,); both sides need an image.
    """
    positive, negative = score[is_positive], score[~is_positive]
    n_positive, n_negative = len(positive), len(negative)
    ranks = rankdata(np.concatenate([positive, negative]))
    below = (ranks[:n_positive] - rankdata(positive)) / n_negative
    return Placements(below, 1 - (ranks[n_positive:] - rankdata(negative)) / n_positive)


def delong_variance(is_positive: NDArray[np.bool_], score: Scores) -> float:
    """Return the variance of the AUROC (DeLong 1988, doi:10.2307/2531595).

    It is NaN with fewer than two images on a side. Computed from ranks (Sun and Xu 2014,
    doi:10.1109/LSP.2014.2337313).
    """
    n_positive = int(is_positive.sum())
    n_negative = len(score) - n_positive
    if min(n_positive, n_negative) < 2:
        return float("nan")
    placed = placements(is_positive, score)
    return float(placed.below.var(ddof=1) / n_positive + placed.above.var(ddof=1) / n_negative)


def delong(is_positive: NDArray[np.bool_], score: Scores, level: float) -> Interval:
    """Return DeLong's interval for the AUROC, taken on the logit scale so that it stays inside [0, 1].

    Where the scores separate the sides wholly (area 0 or 1) the variance is 0 and there is none: use
    `newcombe`.
    """
    area, variance = float(auroc(is_positive, score)), delong_variance(is_positive, score)
    if not 0 < area < 1 or not variance > 0:
        return NO_INTERVAL
    reach = _z(level) * np.sqrt(variance) / (area * (1 - area))  # standard error of logit(area)
    return Interval(float(expit(logit(area) - reach)), float(expit(logit(area) + reach)))


def newcombe(area: float, n_positive: int, n_negative: int, level: float) -> Interval:
    """Return Newcombe's score interval for the AUROC from its value and the two numbers alone.

    Method 5 of Newcombe 2006, doi:10.1002/sim.2324. It stays honest where DeLong's collapses, at an area
    of 1.
    """
    if min(n_positive, n_negative) < 1:
        return NO_INTERVAL
    mean = (n_positive + n_negative) / 2 - 1

    def distance(theta: float) -> float:
        ties = mean * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        variance = theta * (1 - theta) * (1 + ties) / (n_positive * n_negative)
        return float((area - theta) ** 2 - _z(level) ** 2 * variance)

    step = 1e-9  # the distance is 0 at an area of 0 or 1 too: begin beside it
    low = float(brentq(distance, 0, area - step)) if area > step else 0.0
    high = float(brentq(distance, area + step, 1)) if area < 1 - step else 1.0
    return Interval(low, high)


def resamples(
    n_groups: int, n_resamples: int, rng: np.random.Generator, *, width: int | None = None
) -> Iterator[NDArray[np.int64]]:
    """Draw groups with replacement, `n_resamples` times as many as there are.

    Parameters
    ----------
    n_groups, n_resamples
        How many patients there are, and how often as many are drawn.
    rng
        Where the draws come from.
    width
        How many numbers the caller makes of each resample; the blocks are smaller the larger it is.

    Yields
    ------
    ndarray of shape (b, n_groups), int64: how often each group was drawn in each of b resamples. The b add
    up to `n_resamples`.
    """
    block = max(1, min(n_resamples, _BLOCK // max(n_groups, width or 0, 1)))
    for start in range(0, n_resamples, block):
        size = min(block, n_resamples - start)
        drawn = rng.integers(n_groups, size=(size, n_groups)) + np.arange(size)[:, np.newaxis] * n_groups
        yield np.bincount(drawn.ravel(), minlength=size * n_groups).reshape(size, n_groups)


def percentile_interval(values: NDArray[np.float64], level: float) -> Interval:
    """Return the middle `level` of bootstrapped `values`, of shape (n_resamples,).

    Resamples where the value is not defined (NaN: no positive image was drawn) are left out; if they are
    more than one in ten there is no interval.
    """
    defined = values[np.isfinite(values)]
    if len(defined) == 0 or len(defined) < MIN_DEFINED * len(values):
        return NO_INTERVAL
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _z(level: float) -> float:
    return float(norm.ppf((1 + level) / 2))
