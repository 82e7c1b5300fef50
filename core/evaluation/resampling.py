"""Every metric as a function of how often each patient counts.

Each patient counted once gives the value of a metric; the counts of a thousand resamples give its
bootstrap. So nothing is computed twice in two ways, and patients are never torn apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide
from core.runs.predictions import Predictions
from core.statistics import metrics
from core.statistics.intervals import resamples
from core.statistics.roc import auroc

N_RESAMPLES: Final = 1000  # as the sentences in METHODS say

OF_TWO: Final[dict[str, Callable[[metrics.Matrix, int], metrics.Proportion]]] = {
    "sensitivity": metrics.sensitivity,
    "specificity": metrics.specificity,
    "ppv": metrics.positive_predictive_value,
    "npv": metrics.negative_predictive_value,
}
OF_EACH: Final = {name: OF_TWO[name] for name in ("sensitivity", "ppv")}

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
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix of all images, of shape (k, k)."""
        total: NDArray[np.int64] = self.matrices.sum(axis=0)
        return total

    @property
    def positive(self) -> int | None:
        """Index of the positive class of two."""
        return self.predictions.positive_index

    def class_of(self, key: Key) -> int | None:
        """Return the class that a metric takes for positive, None for one that takes them all alike."""
        return self.positive if key.of is None else key.of

    def proportion(self, key: Key, matrix: metrics.Matrix) -> metrics.Proportion | None:
        """Return the metric as hits of n, for `matrix` or a stack of them; None if it is no proportion."""
        index = self.class_of(key)
        if key.name == "accuracy":
            return metrics.accuracy(matrix)
        return OF_TWO[key.name](matrix, index) if key.name in OF_TWO and index is not None else None


def add_up(predictions: Predictions, threshold: Threshold) -> Sums:
    """Take the decisions and sum them for each patient."""
    patient_of, k = _number_patients(predictions), len(predictions.class_names)
    n_groups = int(patient_of.max()) + 1 if len(patient_of) else 0
    cells = (patient_of * k + predictions.y_true) * k + decide(predictions, threshold)
    matrices = np.bincount(cells, minlength=n_groups * k * k).reshape(n_groups, k, k)
    losses = np.zeros((n_groups, 3))
    np.add.at(losses[:, 0], patient_of, metrics.log_losses(predictions.y_true, predictions.y_score))
    np.add.at(losses[:, 1], patient_of, metrics.brier_scores(predictions.y_true, predictions.y_score))
    np.add.at(losses[:, 2], patient_of, 1)
    return Sums(predictions, patient_of, matrices, losses)


def values(sums: Sums, counts: NDArray[np.float64]) -> Values:
    """Return each metric, of shape (b,), with patients counted `counts` (b, n_groups) times."""
    stack = np.tensordot(counts, sums.matrices, axes=1)  # (b, n_groups) -> (b, k, k)
    losses = counts @ sums.losses  # (b, n_groups) -> (b, 3)
    weights = counts[:, sums.patient_of]  # (b, n_groups) -> (b, n)
    own = _of_two if sums.positive is not None else _of_many
    return own(sums, stack, weights) | {
        Key("accuracy"): metrics.accuracy(stack).value,
        Key("balanced_accuracy"): metrics.balanced_accuracy(stack),
        Key("log_loss"): metrics.ratio(losses[:, 0], losses[:, 2]),
        Key("brier"): metrics.ratio(losses[:, 1], losses[:, 2]),
    }


def resample(sums: Sums, seed: int) -> Values:
    """Return each metric in N_RESAMPLES resamples of the patients; nothing where there is no patient."""
    if sums.n_groups == 0:
        return {}
    draws = resamples(
        sums.n_groups, N_RESAMPLES, np.random.default_rng(seed), width=sums.predictions.n_samples
    )
    blocks = [values(sums, counts.astype(np.float64)) for counts in draws]
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def _number_patients(predictions: Predictions) -> NDArray[np.intp]:
    if predictions.patient_ids is None:
        return np.arange(predictions.n_samples)
    patients = enumerate(predictions.patient_ids.tolist())
    keys = [(patient, -1) if patient is not None else (None, index) for index, patient in patients]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.intp)


def _of_two(sums: Sums, stack: metrics.Matrix, weights: NDArray[np.float64]) -> Values:
    positive = sums.positive or 0
    is_positive = sums.predictions.y_true == positive
    found = {Key(name): proportion(stack, positive).value for name, proportion in OF_TWO.items()}
    found[Key("auroc")] = auroc(is_positive, sums.predictions.y_score[:, positive], weights)
    found[Key("f1")] = metrics.f1(stack, positive)
    return found


def _of_many(sums: Sums, stack: metrics.Matrix, weights: NDArray[np.float64]) -> Values:
    found: Values = {}
    classes = range(len(sums.predictions.class_names))
    for index in classes:
        is_class, score = sums.predictions.y_true == index, sums.predictions.y_score[:, index]
        found[Key("auroc", index)] = auroc(is_class, score, weights)
        found |= {Key(name, index): part(stack, index).value for name, part in OF_EACH.items()}
    found[Key("auroc")] = np.mean([found[Key("auroc", index)] for index in classes], axis=0)
    found[Key("f1")] = metrics.macro_f1(stack)
    return found
