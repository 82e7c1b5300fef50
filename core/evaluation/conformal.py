"""Sets of answers that hold the truth as often as promised: split conformal prediction.

On the validation split one measures how improbable the true class was. A class of a new image that is no more
improbable than all but alpha of those goes into its set (Vovk, Gammerman and Shafer 2005; least ambiguous
sets: Sadinle, Lei and Wasserman 2019, doi:10.1080/01621459.2017.1395341). If the new images are exchangeable
with those, the set holds the truth with probability at least 1 - alpha, whatever the network is.

Does not cover: another hospital; images of one patient, which resemble each other, so that coverage varies
more than it promises; one patient's own chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from core.evaluation.patients import number_patients
from core.runs.predictions import Predictions
from core.statistics.shares import Share, share_by_group


@dataclass(frozen=True, eq=False)
class PredictionSets:
    """The set of each image, and how often sets held the truth.

    Attributes
    ----------
    alpha
        How often the truth may be left out: 1 - alpha was promised.
    by_class
        Whether the promise is for each class, not only on the average.
    included
        ndarray of shape (n, k), bool: which classes are in the set of each image.
    predictions
        Of the n images.
    limits
        ndarray of shape (k,): the least probable a class may be, as 1 - p; infinite where too few images
        were there to calibrate on, and then every set holds the class.
    n_calibration
        ndarray of shape (k,): on how many images each limit rests.
    coverage
        How often the set held the truth, with its interval by patient.
    coverage_of
        The same for the images of each class.
    """

    alpha: float
    by_class: bool
    included: NDArray[np.bool_]
    predictions: Predictions
    limits: NDArray[np.float64]
    n_calibration: NDArray[np.int64]
    coverage: Share
    coverage_of: dict[str, Share]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many classes are in each set, shape (n,)."""
        return np.asarray(self.included.sum(axis=1), dtype=np.int64)

    @property
    def n_single(self) -> int:
        """Images with one answer."""
        return int((self.sizes == 1).sum())

    @property
    def n_several(self) -> int:
        """Images with several answers: to be referred."""
        return int((self.sizes > 1).sum())

    @property
    def n_empty(self) -> int:
        """Images with no answer: no class is probable enough; they are to be referred too."""
        return int((self.sizes == 0).sum())

    @property
    def is_full(self) -> bool:
        """Whether a limit is infinite: too few images of a class for a promise as strong as this."""
        return bool(np.isinf(self.limits).any())


def prediction_sets(
    calibration: Predictions, predictions: Predictions, *, alpha: float = 0.1, by_class: bool = False
) -> PredictionSets:
    """Give each image a set of classes.

    Parameters
    ----------
    calibration
        Of other images than `predictions`, and of other patients: the validation split.
    predictions
        Of n images and the same k classes.
    alpha
        How often the truth may be left out, in (0, 1).
    by_class
        Calibrate each class on its own images (Mondrian), so that the promise holds for each of them.

    Returns
    -------
    PredictionSets
    """
    calibration, predictions = (one.take(one.is_usable) for one in (calibration, predictions))
    k = len(predictions.class_names)
    strangeness = _strangeness(calibration)
    of_truth = strangeness[np.arange(len(strangeness)), calibration.y_true]
    groups = [of_truth[calibration.y_true == index] if by_class else of_truth for index in range(k)]
    limits = np.array([conformal_quantile(group, alpha) for group in groups])
    included = _strangeness(predictions) <= limits
    hits = included[np.arange(predictions.n_samples), predictions.y_true]
    patients = number_patients(predictions)
    of_class = [predictions.y_true == index for index in range(k)]
    return PredictionSets(
        alpha=alpha,
        by_class=by_class,
        included=included,
        predictions=predictions,
        limits=limits,
        n_calibration=np.array([len(group) for group in groups]),
        coverage=share_by_group(hits, patients),
        coverage_of={
            name: share_by_group(hits[places], patients[places])
            for name, places in zip(predictions.class_names, of_class, strict=True)
        },
    )


def conformal_quantile(scores: NDArray[np.float64], alpha: float) -> float:
    """Return the ceil((n + 1)(1 - alpha))-th smallest of n scores; infinite if there are not so many.

    The + 1 is the new image itself, whose place among the others is a matter of chance.
    """
    rank = rank_of(len(scores), alpha)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else float("inf")


def rank_of(n: int, alpha: float) -> int:
    """Return which of n calibration scores, in rising order, is the limit; n + 1 means there is none."""
    return max(1, int(np.ceil(round((n + 1) * (1 - alpha), 9))))


def expected_coverage(n: int, alpha: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return between which coverages a calibration on n images lands, in `level` of all calibrations.

    With scores without ties the coverage is Beta(rank, n + 1 - rank) distributed (Vovk 2012; Angelopoulos
    and Bates 2021, arXiv:2107.07511, 3.2).
    """
    rank = rank_of(n, alpha)
    if rank > n:
        return 1.0, 1.0
    low, high = beta.ppf([(1 - level) / 2, (1 + level) / 2], rank, n + 1 - rank)
    return float(low), float(high)


def halves(predictions: Predictions, *, seed: int = 0) -> tuple[Predictions, Predictions]:
    """Divide predictions into two halves by patient, by lot: one to calibrate on, one to judge."""
    patients = number_patients(predictions)
    n_patients = int(patients.max()) + 1 if len(patients) else 0
    is_first = np.zeros(n_patients, dtype=np.bool_)
    is_first[np.random.default_rng(seed).permutation(n_patients)[: (n_patients + 1) // 2]] = True
    return predictions.take(is_first[patients]), predictions.take(~is_first[patients])


def _strangeness(predictions: Predictions) -> NDArray[np.float64]:
    """Return how improbable each class is, 1 - p, shape (n, k), float64."""
    return 1 - predictions.y_score.astype(np.float64)
