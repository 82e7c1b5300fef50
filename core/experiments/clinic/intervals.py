"""An interval for a difference that two kinds of luck decide: the patients asked, and the trainings."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from core.experiments.clinic.records import Estimate

LEVEL: Final = 0.95


def estimate(by_training: NDArray[np.float64], patient_variance: float, n_patients: int) -> Estimate:
    """Return the mean over trainings with an interval.

    Parameters
    ----------
    by_training
        ndarray of shape (n_trainings,): the score, or a difference of two, in each training; at least two.
    patient_variance
        Of the mean over trainings, when other patients are drawn.
    n_patients
        How many were drawn.

    Notes
    -----
    Both variances are added, which counts what a training reads in its own way twice: the interval is a
    little too wide. Student's quantile with the degrees of freedom of Welch (1947,
    doi:10.1093/biomet/34.1-2.28) and Satterthwaite (1946, doi:10.2307/3002019).
    """
    value = float(by_training.mean())
    parts = np.array([patient_variance, by_training.var(ddof=1) / len(by_training)])
    if not parts.sum() > 0:
        return Estimate(value=value)
    freedom = parts.sum() ** 2 / (parts**2 / np.array([n_patients - 1, len(by_training) - 1])).sum()
    reach = float(np.sqrt(parts.sum()) * t.ppf((1 + LEVEL) / 2, freedom))
    return Estimate(value=value, low=value - reach, high=value + reach)
