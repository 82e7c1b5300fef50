"""How much two networks differ in AUROC, with the chance of which patients were asked about.

Whole patients are drawn again, the same ones for both networks. Where both were asked about the same images
the answer is paired, and finer than two intervals side by side. Does not cover: the luck of another training.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.report import evaluate
from core.runs.predictions import Predictions
from core.statistics.intervals import percentile_interval, resamples
from core.statistics.roc import auroc

_LEVEL: Final = 0.95
_N_RESAMPLES: Final = 2000


@dataclass(frozen=True)
class AreaDifference:
    """AUROC of the other minus that of the one, its 95 % interval (NaN: none), and of how many patients."""

    value: float
    low: float
    high: float
    n_patients: int
    is_by_patient: bool  # False: nobody says whose the images are, and each counts as a patient

    @property
    def is_real(self) -> bool:
        """Whether the interval leaves out 0: chance in the patients alone would rarely do that."""
        return self.low > 0 or self.high < 0


def area_difference(one: Predictions, other: Predictions) -> AreaDifference | None:
    """Return how much more AUROC the other has; None where one of them is not defined.

    The AUROC is that of the positive class, the mean of each class against the rest with more than two.
    """
    first, second = evaluate(one).metrics["auroc"].value, evaluate(other).metrics["auroc"].value
    if first is None or second is None:
        return None
    n_patients, drawn = _resampled_difference(other, one)
    interval = percentile_interval(drawn, _LEVEL)
    return AreaDifference(
        second - first, interval.low, interval.high, n_patients, one.patient_ids is not None
    )


def _resampled_difference(one: Predictions, other: Predictions) -> tuple[int, NDArray[np.float64]]:
    """Draw patients with replacement; return of how many, and each time the AUROC of one minus other."""
    names = np.concatenate([_patients(one), _patients(other)])
    numbers = np.unique(names, return_inverse=True)[1]
    n_patients, n = int(numbers.max()) + 1, one.n_samples
    drawn = []
    for counts in resamples(n_patients, _N_RESAMPLES, np.random.default_rng(0), width=len(names)):
        drawn.append(_areas(one, counts[:, numbers[:n]]) - _areas(other, counts[:, numbers[n:]]))
    return n_patients, np.concatenate(drawn)


def _patients(predictions: Predictions) -> NDArray[np.str_]:
    """Return whose each image is; an image whose patient is not known is a patient of its own."""
    known = predictions.patient_ids
    alone = [f"image {sample_id}" for sample_id in predictions.sample_ids]
    if known is None:
        return np.array(alone)
    pairs = zip(known, alone, strict=True)
    return np.array([other if patient is None else f"patient {patient}" for patient, other in pairs])


def _areas(predictions: Predictions, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the AUROC with images counted `weights` (b, n) times: of the positive class, or of all: (b,)."""
    positive = predictions.positive_index
    classes = [positive] if positive is not None else range(len(predictions.class_names))
    areas = [auroc(predictions.y_true == index, predictions.y_score[:, index], weights) for index in classes]
    return np.asarray(np.mean(areas, axis=0))
