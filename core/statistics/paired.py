"""Two networks on the same images: how much they differ, and how sure that is.

Both are asked about the same images, so what is hard for one is mostly hard for the other, and the difference
is known far better than either value. AUROC: DeLong's covariance, in Obuchowski's form where patients have
several images. Shares of images: see `paired_shares`. Anything else: whole patients drawn again, the same
ones for both.

Covers: chance in which patients were asked about. Does not cover: another training seed, another hospital, a
threshold or an epoch that was chosen on the same images.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from core.statistics.intervals import (
    NO_INTERVAL,
    Interval,
    newcombe,
    percentile_interval,
    placements,
    resamples,
)
from core.statistics.metrics import Scores

N_RESAMPLES: Final = 2000
MOST_PATIENTS: Final = 1_000_000  # more than that is no answer
_POWER: Final = 0.8
_ALPHA: Final = 0.05


@dataclass(frozen=True)
class Difference:
    """The other's value minus the one's.

    `error` is the standard error of `value`; it, the ends of the interval and `p` (two-sided, of no
    difference at all) are NaN where there is nothing to measure them by.
    """

    value: float
    error: float
    interval: Interval
    p: float


def delong_difference(
    is_positive: NDArray[np.bool_],
    one: Scores,
    other: Scores,
    *,
    level: float,
    groups: NDArray[np.integer] | None = None,
) -> Difference:
    """Return how much more AUROC `other` has than `one` on the same images.

    The variance is that of DeLong 1988 (doi:10.2307/2531595) for correlated curves. With `groups` it is that
    of Obuchowski 1997 (doi:10.2307/2533958) for clustered data, which lets images of one patient resemble
    each other, positive and negative ones alike; where each patient has one image both are the same number.

    Parameters
    ----------
    is_positive, one, other
        ndarrays of shape (n,): the truth, and the scores of either.
    level
        Of the interval, which is value +- z x error: the normal distribution is a fair likeness from about
        20 patients a side on.
    groups
        ndarray of shape (n,): each image's patient; None means that each is a patient of its own.

    Returns
    -------
    Difference
        All NaN but the value where a side has fewer than two patients, or where both rank the images alike;
        all NaN where a side has no image.
    """
    if is_positive.all() or not is_positive.any():
        return Difference(np.nan, np.nan, NO_INTERVAL, np.nan)
    first, second = placements(is_positive, one), placements(is_positive, other)
    below, above = second.below - first.below, second.above - first.above
    value = float(below.mean())
    patients = np.arange(len(one)) if groups is None else np.unique(groups, return_inverse=True)[1]
    error = np.sqrt(_variance(below, above, patients[is_positive], patients[~is_positive]))
    if not error > 0:
        return Difference(value, np.nan, NO_INTERVAL, np.nan)
    reach = float(norm.ppf((1 + level) / 2)) * error
    p = 2 * float(norm.sf(abs(value) / error))
    return Difference(
        value, float(error), Interval(max(-1.0, float(value - reach)), min(1.0, float(value + reach))), p
    )


def score_difference(
    one: float, other: float, n_positive: int, n_negative: int, *, level: float
) -> Difference:
    """Return how much more AUROC the other has where DeLong's variance is 0, from values and numbers alone.

    It is so where one network separates the sides wholly and the other gives every image the same score. The
    two score intervals are put together as if they were independent, which is cautious for the same images
    (Newcombe 2006, doi:10.1002/sim.2324; Zou and Donner 2008, doi:10.1002/sim.3095). p is 1 - the level at
    which the interval reaches 0.

    Parameters
    ----------
    one, other
        The two AUROCs.
    n_positive, n_negative
        Patients on each side.
    level
        Of the interval.
    """
    if min(n_positive, n_negative) < 1:
        return Difference(other - one, np.nan, NO_INTERVAL, np.nan)

    def ends(at: float) -> Interval:
        first, second = (newcombe(area, n_positive, n_negative, at) for area in (one, other))
        down, up = (
            np.hypot(other - second.low, first.high - one),
            np.hypot(second.high - other, one - first.low),
        )
        return Interval(float(other - one - down), float(other - one + up))

    def left(at: float) -> float:
        """Return how far the nearer end is from 0, above 0 while the interval leaves it out."""
        return ends(at).low if other > one else -ends(at).high

    lowest, highest = 0.1, 1 - 1e-9
    if left(lowest) <= 0:
        reached = 0.0
    else:
        reached = highest if left(highest) > 0 else float(brentq(left, lowest, highest))
    interval = ends(level)
    error = (interval.high - interval.low) / 2 / float(norm.ppf((1 + level) / 2))
    return Difference(other - one, error, interval, 1 - reached)


def bootstrap_difference(
    value: float,
    difference: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n_groups: int,
    *,
    level: float,
    seed: int = 0,
    width: int | None = None,
) -> Difference:
    """Draw whole patients again, the same ones for both networks, and look how the difference moves.

    Parameters
    ----------
    value
        The difference as it is.
    difference
        Takes how often each patient counts, ndarray of shape (b, n_groups), and returns ndarray (b,).
    n_groups
        Number of patients.
    level, seed
        Of the interval, and of the draws.
    width
        How many numbers `difference` makes of each resample: see `resamples`.
    """
    blocks = resamples(n_groups, N_RESAMPLES, np.random.default_rng(seed), width=width)
    return from_draws(
        value, np.concatenate([difference(counts.astype(np.float64)) for counts in blocks]), level
    )


def from_draws(value: float, drawn: NDArray[np.float64], level: float) -> Difference:
    """Return a difference from its bootstrapped values, of shape (n_resamples,).

    The interval is the middle of them. p is twice the share that lies on the other side of 0, with one more
    counted for safety, so that it is never 0 (Davison and Hinkley 1997, ISBN 0-521-57471-4, 4.2).
    """
    interval = percentile_interval(drawn, level)
    defined = drawn[np.isfinite(drawn)]
    if not interval.is_defined or defined.max() == defined.min():
        return Difference(value, np.nan, NO_INTERVAL, np.nan)
    smaller = min((defined <= 0).sum(), (defined >= 0).sum())
    p = min(1.0, 2 * (int(smaller) + 1) / (len(defined) + 1))
    return Difference(value, float(defined.std(ddof=1)), interval, p)


def patients_needed(value: float, error: float, n_patients: int) -> int | None:
    """Return about how many patients it would take to tell this difference: 80 % power, two-sided 5 %.

    n x ((z_0.975 + z_0.8) x error / value)^2, for the error of a mean over patients shrinks with 1 / sqrt(n).
    It assumes that the difference is what it seems, that more patients are like these (as many images, the
    same share with the finding), and that the normal distribution is a fair likeness. The observed difference
    is itself uncertain, so that this is an order of magnitude and no plan.

    None where there is no answer: no difference, no error, or more than a million.
    """
    if not (np.isfinite(value) and np.isfinite(error)) or value == 0 or not error > 0:
        return None
    reach = float(norm.ppf(1 - _ALPHA / 2) + norm.ppf(_POWER))
    needed = n_patients * (reach * error / abs(value)) ** 2
    return int(np.ceil(needed)) if needed <= MOST_PATIENTS else None


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p values corrected for their number (Holm 1979, Scand. J. Statist. 6:65); NaN stays and is free.

    The smallest is multiplied by how many there are, the next by one less, and so on; none falls below one
    before it or exceeds 1. Whoever calls what is below 0.05 a difference errs in at most one family of
    twenty.
    """
    corrected = np.full(len(p_values), np.nan)
    places = np.flatnonzero(np.isfinite(p_values))
    order = places[np.argsort(p_values[places], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p_values[order] * factors))
    return corrected


def _variance(
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    of_positive: NDArray[np.intp],
    of_negative: NDArray[np.intp],
) -> float:
    """Return Obuchowski's variance of a mean of placements; NaN with fewer than two patients on a side.

    `below` (n_positive,) and `above` (n_negative,) are placements or differences of them, `of_positive` and
    `of_negative` the patients of these images.
    """
    n_groups = int(max(of_positive.max(), of_negative.max())) + 1
    ups, downs = _residues(below, of_positive, n_groups), _residues(above, of_negative, n_groups)
    n_up, n_down = len(np.unique(of_positive)), len(np.unique(of_negative))
    if min(n_up, n_down) < 2:
        return float("nan")
    own = (ups**2).sum() * n_up / (n_up - 1) / len(below) ** 2
    own += (downs**2).sum() * n_down / (n_down - 1) / len(above) ** 2
    shared = (ups * downs).sum() * n_groups / (n_groups - 1) / (len(below) * len(above))
    return float(max(own + 2 * shared, 0))


def _residues(placed: NDArray[np.float64], of: NDArray[np.intp], n_groups: int) -> NDArray[np.float64]:
    """Sum what lies above the mean for each patient, ndarray of shape (n_groups,)."""
    return np.bincount(of, weights=placed - placed.mean(), minlength=n_groups).astype(np.float64)
