"""A share of things that come several to a patient, in closed form: Wilson's interval on fewer things.

The variance of the share by patient over that by thing is the design effect (Kish 1965). Divided by it, the
counts are what as many independent things would tell (Rao and Scott 1992, doi:10.2307/2532311). It costs no
bootstrap, so it is for numbers that follow a slider.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from core.statistics.shares import LEVEL, Share


def design_effect(hits: NDArray[np.float64], of_each: NDArray[np.float64]) -> float:
    """Return how many times larger the variance is than if each thing were of its own patient; at least 1.

    Where all or none are hits it can't be measured: then each patient counts once.

    Parameters
    ----------
    hits, of_each
        ndarrays of shape (n_patients,): how many of each patient's things are hits, and how many there are.
    """
    n, m = of_each.sum(), len(of_each)
    share = hits.sum() / n if n else 0.0
    if m < 2 or not 0 < share < 1:
        return float(n / m) if m else 1.0
    by_patient = m / (m - 1) * ((hits - share * of_each) ** 2).sum() / n**2  # of a ratio estimate
    return max(1.0, float(by_patient / (share * (1 - share) / n)))


def share_by_patient(hits: NDArray[np.bool_] | NDArray[np.floating], patients: NDArray[np.integer]) -> Share:
    """Return the share of hits with Wilson's interval on the counts divided by the design effect.

    Parameters
    ----------
    hits
        ndarray of shape (n,), bool, or a part in [0, 1] of each thing: its interval is then rather too wide.
    patients
        ndarray of shape (n,): the number of each thing's patient.
    """
    if len(hits) == 0:
        return Share(None, None, None, n=0, n_groups=0)
    numbers = np.unique(patients, return_inverse=True)[1]
    of_each = np.bincount(numbers).astype(np.float64)
    effect = design_effect(np.bincount(numbers, weights=hits).astype(np.float64), of_each)
    value = float(hits.mean())
    low, high = _wilson(np.array([value]), np.array([len(hits) / effect]))
    return Share(value, float(low[0]), float(high[0]), n=len(hits), n_groups=len(of_each))


def running_shares(
    hits: NDArray[np.float64], patients: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the interval of `share_by_patient` for the first thing, the first two, ..., and all of them.

    Parameters
    ----------
    hits
        ndarray of shape (n,), in [0, 1].
    patients
        ndarray of shape (n,): the number of each thing's patient.

    Returns
    -------
    Two ndarrays of shape (n,): the lower and the upper ends.
    """
    n = np.arange(1, len(hits) + 1, dtype=np.float64)
    before, n_before = _earlier_of_patient(hits, patients)
    m = np.cumsum(n_before == 0).astype(np.float64)  # patients so far
    squares = np.cumsum(2 * before * hits + hits**2)  # sums over patients: hits squared, hits x things, ...
    products = np.cumsum(before + hits * n_before + hits)
    things = np.cumsum(2 * n_before + 1)
    share = np.clip(np.cumsum(hits) / n, 0, 1)
    spread = squares - 2 * share * products + share**2 * things
    variance = share * (1 - share) * n
    is_known = (m > 1) & (share > 0) & (share < 1) & (variance > 0)
    effect = n / m
    effect[is_known] = np.maximum(1, (m / np.maximum(m - 1, 1) * spread)[is_known] / variance[is_known])
    return (np.empty(0), np.empty(0)) if len(n) == 0 else _wilson(share, n / effect)


def _earlier_of_patient(
    hits: NDArray[np.float64], patients: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return of each thing's patient the hits among the things before it, and how many those are."""
    order = np.argsort(patients, kind="stable")
    sums, places = np.cumsum(hits[order]) - hits[order], np.arange(len(hits))
    is_first = np.diff(patients[order], prepend=-1) != 0
    start = np.maximum.accumulate(np.where(is_first, places, 0))
    before, n_before = np.empty(len(hits)), np.empty(len(hits))
    before[order], n_before[order] = sums - sums[start], places - start
    return before, n_before


def _wilson(
    share: NDArray[np.float64], n: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z = norm.ppf((1 + LEVEL) / 2)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(0, centre - reach), np.minimum(1, centre + reach)
