"""Predictions summed for each patient, so that a resample of patients costs one weighted sum."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide
from core.evaluation.patients import number_patients
from core.runs.predictions import Predictions
from core.statistics import metrics

N_RESAMPLES: Final = 1000  # as the sentences in METHODS say

Values = dict["Key", NDArray[np.float64]]


@dataclass(frozen=True)
class Key:
    """A metric (see METRICS): of the class with index `of` against the rest, or with None of all classes."""

    name: str
    of: int | None = None


@dataclass(frozen=True, eq=False)
class Sums:
    """Predictions with the decisions taken, summed for each patient.

    Attributes
    ----------
    predictions
        Of n images, of k classes.
    patient_of
        ndarray of shape (n,): which patient an image is of, from 0. One whose patient is not known is of
        its own.
    matrices
        ndarray of shape (n_groups, k, k), int64: each patient's confusion matrix, rows the truth.
    losses
        ndarray of shape (n_groups, 3): each patient's log loss, Brier score, and number of images.
    """

    predictions: Predictions
    patient_of: NDArray[np.intp]
    matrices: NDArray[np.int64]
    losses: NDArray[np.float64]

    @property
    def n_groups(self) -> int:
        """Number of patients."""
        return len(self.matrices)

    @property
    def is_independent(self) -> bool:
        """Whether each patient has one image."""
        return self.n_groups == self.predictions.n_samples

    @property
    def positive(self) -> int | None:
        """Index of the positive class of two."""
        return self.predictions.positive_index


def add_up(predictions: Predictions, threshold: Threshold) -> Sums:
    """Take the decisions and sum them for each patient."""
    patient_of, k = number_patients(predictions), len(predictions.class_names)
    n_groups = int(patient_of.max()) + 1 if len(patient_of) else 0
    cells = (patient_of * k + predictions.y_true) * k + decide(predictions, threshold)
    matrices = np.bincount(cells, minlength=n_groups * k * k).reshape(n_groups, k, k)
    losses = np.zeros((n_groups, 3))
    np.add.at(losses[:, 0], patient_of, metrics.log_losses(predictions.y_true, predictions.y_score))
    np.add.at(losses[:, 1], patient_of, metrics.brier_scores(predictions.y_true, predictions.y_score))
    np.add.at(losses[:, 2], patient_of, 1)
    return Sums(predictions, patient_of, matrices, losses)
