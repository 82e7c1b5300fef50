"""Two networks on the same images: how much larger a share the other calls right.

Only images that one of the two alone calls right tell them apart. Each image counts as a patient of its own.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

from core.statistics.intervals import NO_INTERVAL, Interval
from core.statistics.paired import Difference


def share_difference(n_only_one: int, n_only_other: int, n: int, *, level: float) -> Difference:
    """Return how much larger the share is that `other` called right, each image a patient of its own.

    The interval is Tango's, p is McNemar's, and the error that of a difference of two paired shares.

    Parameters
    ----------
    n_only_one, n_only_other
        How many of the `n` images one of them alone called right.
    level
        Of the interval.
    """
    value = (n_only_other - n_only_one) / n
    error = np.sqrt(((n_only_one + n_only_other) / n - value**2) / n) or np.nan
    return Difference(
        value, float(error), tango(n_only_one, n_only_other, n, level), mcnemar(n_only_one, n_only_other)
    )


def mcnemar(n_only_one: int, n_only_other: int) -> float:
    """Return the p of McNemar's exact test: whether a coin may have dealt out the images they disagree on.

    Parameters
    ----------
    n_only_one, n_only_other
        How many images one of them alone called right. Those that both or none called right say nothing.
    """
    n = n_only_one + n_only_other
    return float(binomtest(n_only_one, n).pvalue) if n else 1.0


def tango(n_only_one: int, n_only_other: int, n: int, level: float) -> Interval:
    """Return Tango's score interval for the difference of two paired shares, other - one.

    It inverts McNemar's score test, stays in [-1, 1], and has a width even where nothing differs: then it is
    +- z^2 / (n + z^2). Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B.

    Parameters
    ----------
    n_only_one, n_only_other
        How many of the `n` images one of them alone called right.
    """
    if n == 0:
        return NO_INTERVAL
    z = float(norm.ppf((1 + level) / 2))
    value, step = (n_only_other - n_only_one) / n, 1e-9

    def beyond(delta: float) -> float:
        return abs(_tango_score(delta, n_only_one, n_only_other, n)) - z

    low, high = value - step, value + step
    return Interval(
        float(brentq(beyond, -1 + step, low)) if low > -1 + step and beyond(-1 + step) > 0 else -1.0,
        float(brentq(beyond, high, 1 - step)) if high < 1 - step and beyond(1 - step) > 0 else 1.0,
    )


def _tango_score(delta: float, n_only_one: int, n_only_other: int, n: int) -> float:
    """Return Tango's score for a true difference `delta`: how many standard errors away it is."""
    b, c = n_only_other, n_only_one
    linear = -b - c + (2 * n - b + c) * delta
    # The share that only the one calls right which is likeliest under `delta`: the root of a square.
    share = (np.sqrt(max(linear**2 + 8 * n * c * delta * (1 - delta), 0)) - linear) / (4 * n)
    spread = n * (2 * share + delta * (1 - delta))
    gap = b - c - n * delta
    if spread <= 0:
        return 0.0 if gap == 0 else float(np.copysign(np.inf, gap))
    return float(gap / np.sqrt(spread))
