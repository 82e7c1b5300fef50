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


def share_by_patient(hits: NDArray[np.bool_], patients: NDArray[np.integer]) -> Share:
    """Return the share of hits with Wilson's interval on the counts divided by the design effect.

    Parameters
    ----------
    hits
        ndarray of shape (n,), bool.
    patients
        ndarray of shape (n,): the number of each thing's patient.
    """
    if len(hits) == 0:
        return Share(None, None, None, n=0, n_groups=0)
    numbers = np.unique(patients, return_inverse=True)[1]
    of_each = np.bincount(numbers).astype(np.float64)
    effect = design_effect(np.bincount(numbers, weights=hits).astype(np.float64), of_each)
    value, n = float(hits.mean()), len(hits) / effect
    z = norm.ppf((1 + LEVEL) / 2)
    centre = (value + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(value * (1 - value) / n + z**2 / (4 * n**2))
    low, high = max(0.0, float(centre - reach)), min(1.0, float(centre + reach))
    return Share(value, low, high, n=len(hits), n_groups=len(of_each))
