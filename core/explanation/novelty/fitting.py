"""Fit what training images look like, and set from when on an image is foreign. No torch here.

The covariance is shrunk towards equal variances by the formula of Ledoit and Wolf (2004,
doi:10.1016/S0047-259X(03)00096-4), so that it can be inverted where there are fewer images than numbers. Of
more than MOST_DIRECTIONS the ones with the largest variance are kept, and the others share their mean.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import rankdata
from sklearn.covariance import ledoit_wolf_shrinkage

from core.errors import InvalidValueError
from core.explanation.novelty.records import FALSE_ALARMS, Gaussian
from core.language import N_
from core.statistics.shares import Share, share_by_group

MOST_DIRECTIONS: Final = 256
FEWEST_IMAGES: Final = 20  # in training and in validation: 1 of 20 is 5 %
_LEAST_SPREAD: Final = 1e-3  # of the largest one: a number that never moved may move a little
_LEAST_VARIANCE: Final = 1e-6  # of the mean one


def energy(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the energy -logsumexp of logits, (n, k) -> (n,), at temperature 1 (arXiv:2010.03759, eq. 4).

    Lower is more at home; inf for what is no number.
    """
    values = -np.asarray(logsumexp(logits.astype(np.float64), axis=1))
    return np.where(np.isnan(values), np.inf, values)


def fit_gaussian(values: NDArray[np.floating], classes: NDArray[np.integer] | None = None) -> Gaussian:
    """Fit class means and one shrunk covariance.

    Parameters
    ----------
    values
        ndarray of shape (n, d); rows with what is no number are left out.
    classes
        ndarray of shape (n,), int; None means one class.

    Raises
    ------
    InvalidValueError
        Fewer than FEWEST_IMAGES rows are left.
    """
    usable = np.isfinite(values).all(axis=1)
    check_enough(int(usable.sum()))
    kept = values[usable].astype(np.float64)
    names = np.zeros(len(kept), dtype=np.int64) if classes is None else classes[usable]
    scale = _spread(kept)
    kept /= scale
    means = np.stack([kept[names == name].mean(axis=0) for name in np.unique(names)])
    residuals = kept - means[np.searchsorted(np.unique(names), names)]
    basis, variances, rest = _covariance(residuals)
    return Gaussian(
        scale=scale.astype(np.float32),
        means=means.astype(np.float32),
        basis=basis.astype(np.float32),
        variances=variances.astype(np.float32),
        rest=rest,
    )


def check_enough(n_images: int) -> None:
    """Refuse to say what is usual from a handful of images."""
    if n_images < FEWEST_IMAGES:
        text = N_("There are {n} images; to tell what is usual takes at least {least}.")
        raise InvalidValueError(text, n=n_images, least=FEWEST_IMAGES)


def thresholds(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return from which value on each score flags, so that all together flag FALSE_ALARMS of the images.

    Each score gets the same share of images above it; an image whose scores are usual by all is let pass.

    Parameters
    ----------
    scores
        Of the validation images, ndarray of shape (n, s).

    Returns
    -------
    ndarray of shape (s,), float64; an image is flagged above any of them.
    """
    ranks = rankdata(scores, axis=0, method="max")  # (n, s), 1 to n
    level = np.quantile(ranks.max(axis=1), 1 - FALSE_ALARMS, method="inverted_cdf")
    below = np.where(ranks <= level, scores, -np.inf)
    return np.asarray(below.max(axis=0), dtype=np.float64)


def cross_fitted_alarms(scores: NDArray[np.floating], patients: NDArray[np.integer]) -> Share:
    """Return the share of images that thresholds flag which were set on other patients.

    The patients are dealt into halves: each is judged by the other's thresholds.

    Parameters
    ----------
    scores
        Of the validation images, ndarray of shape (n, s).
    patients
        ndarray of shape (n,): the number of each image's patient.
    """
    order = np.random.default_rng(0).permutation(int(patients.max(initial=0)) + 1)
    half = order[patients] % 2 == 0
    if half.all() or not half.any():
        return Share(None, None, None, n=0, n_groups=0)
    flagged = np.zeros(len(scores), dtype=np.bool_)
    for side in (half, ~half):
        flagged[side] = (scores[side] > thresholds(scores[~side])).any(axis=1)
    return share_by_group(flagged, patients)


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    deviations = values.std(axis=0)
    largest = deviations.max(initial=0)
    return np.maximum(deviations, _LEAST_SPREAD * largest) if largest else np.ones(len(deviations))


def _covariance(
    residuals: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return directions, their variances, and the variance beside them, of the shrunk covariance."""
    n, d = residuals.shape
    singular, directions = np.linalg.svd(residuals, full_matrices=n < d <= MOST_DIRECTIONS)[1:]
    found = np.zeros(d)
    found[: len(singular)] = singular**2 / n  # the other directions were never seen
    mean = float(found.mean()) or 1.0
    shrinkage = float(ledoit_wolf_shrinkage(residuals, assume_centered=True)) if found.any() else 1.0
    shrunk = np.maximum((1 - shrinkage) * found + shrinkage * mean, _LEAST_VARIANCE * mean)
    kept = min(MOST_DIRECTIONS, len(directions))
    rest = float(shrunk[kept:].mean()) if kept < d else 0.0
    return directions[:kept].T, shrunk[:kept], rest
