"""How good predictions are, from a confusion matrix or from scores.

Every function of a matrix takes one matrix of shape (k, k), or a stack of them of shape (..., k, k), rows
the truth and columns the prediction, and answers for each. A resampled data set is one more matrix of the
stack, which is how `intervals` gets a thousand of them in one go. What is not defined (0 of 0) is NaN,
never 0 or 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.int64] | NDArray[np.float64]
Scores = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Proportion:
    """A part of a whole: `hits` of `n`, each an array of shape (...), one for each matrix of a stack."""

    hits: NDArray[np.float64]
    n: NDArray[np.float64]

    @property
    def value(self) -> NDArray[np.float64]:
        """`hits` / `n`, float64 in [0, 1]; NaN where `n` is 0."""
        return ratio(self.hits, self.n)


def confusion_matrix(
    y_true: NDArray[np.integer], y_pred: NDArray[np.integer], n_classes: int
) -> NDArray[np.int64]:
    """Count how often class i (row: the truth) was called class j (column: the prediction).

    Parameters
    ----------
    y_true, y_pred
        ndarrays of shape (n,), class indices from 0.

    Returns
    -------
    ndarray of shape (n_classes, n_classes), int64.
    """
    cells = y_true.astype(np.int64) * n_classes + y_pred
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def against_rest(matrix: Matrix) -> Matrix:
    """Fold a matrix of k classes into k matrices of two: each class (index 1) against the rest (index 0).

    Returns
    -------
    ndarray of shape (..., k, 2, 2), of the type of `matrix`, which has shape (..., k, k).
    """
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)  # (..., k)
    misses, alarms = matrix.sum(-1) - hits, matrix.sum(-2) - hits
    calm = matrix.sum((-2, -1))[..., np.newaxis] - hits - misses - alarms
    folded: Matrix = np.stack([np.stack([calm, alarms], -1), np.stack([misses, hits], -1)], -2)
    return folded


def accuracy(matrix: Matrix) -> Proportion:
    """Of all images, how many were called right."""
    return _proportion(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum((-2, -1)))


def sensitivity(matrix: Matrix, positive: int) -> Proportion:
    """Of the images that are of class `positive`, how many were called so (recall)."""
    return _proportion(matrix[..., positive, positive], matrix[..., positive, :].sum(-1))


def specificity(matrix: Matrix, positive: int) -> Proportion:
    """Of the images that are not of class `positive`, how many were not called so."""
    n_negative = matrix.sum((-2, -1)) - matrix[..., positive, :].sum(-1)
    return _proportion(n_negative - _false_positives(matrix, positive), n_negative)


def positive_predictive_value(matrix: Matrix, positive: int) -> Proportion:
    """Of the images called class `positive`, how many are (precision). It moves with the prevalence."""
    return _proportion(matrix[..., positive, positive], matrix[..., :, positive].sum(-1))


def negative_predictive_value(matrix: Matrix, positive: int) -> Proportion:
    """Of the images not called class `positive`, how many are not. It moves with the prevalence."""
    n_called_negative = matrix.sum((-2, -1)) - matrix[..., :, positive].sum(-1)
    return _proportion(n_called_negative - _false_negatives(matrix, positive), n_called_negative)


def balanced_accuracy(matrix: Matrix) -> NDArray[np.float64]:
    """Mean over the classes of their sensitivity; NaN if a class has no image."""
    n_classes = matrix.shape[-1]
    return _mean([sensitivity(matrix, index).value for index in range(n_classes)])


def f1(matrix: Matrix, positive: int) -> NDArray[np.float64]:
    """Harmonic mean of sensitivity and positive predictive value: 2 TP / (2 TP + FP + FN)."""
    hits = 2 * matrix[..., positive, positive]
    misses = _false_positives(matrix, positive) + _false_negatives(matrix, positive)
    return ratio(hits, hits + misses)


def macro_f1(matrix: Matrix) -> NDArray[np.float64]:
    """Mean over the classes of their F1; NaN if a class has no image and was never called."""
    return _mean([f1(matrix, index) for index in range(matrix.shape[-1])])


def matthews_correlation(matrix: Matrix) -> NDArray[np.float64]:
    """Correlation of truth and answers, in [-1, 1]; NaN if either is of one class alone.

    Matthews 1975, doi:10.1016/0005-2795(75)90109-9; for more than two classes Gorodkin 2004,
    doi:10.1016/j.compbiolchem.2004.09.006.
    """
    n = matrix.sum((-2, -1)).astype(np.float64)
    truths, answers = matrix.sum(-1).astype(np.float64), matrix.sum(-2).astype(np.float64)  # (..., k)
    right = np.trace(matrix, axis1=-2, axis2=-1)
    spread = (n**2 - (truths**2).sum(-1)) * (n**2 - (answers**2).sum(-1))
    return ratio(right * n - (truths * answers).sum(-1), np.sqrt(spread))


def log_losses(y_true: NDArray[np.integer], y_score: Scores) -> NDArray[np.float64]:
    """Return each image's log loss: minus the natural logarithm of the probability of its true class.

    Parameters
    ----------
    y_true
        ndarray of shape (n,), class indices.
    y_score
        ndarray of shape (n, k), probabilities. They are clipped at the smallest step of their type
        (1.2e-7 for float32), as scikit-learn does, so that one image cannot make the mean infinite.

    Returns
    -------
    ndarray of shape (n,), float64, in nats; their mean is the log loss.
    """
    of_truth = y_score[np.arange(len(y_true)), y_true]
    smallest = np.finfo(y_score.dtype).eps
    losses: NDArray[np.float64] = -np.log(np.clip(of_truth.astype(np.float64), smallest, 1))
    return losses


def brier_scores(y_true: NDArray[np.integer], y_score: Scores) -> NDArray[np.float64]:
    """Return each image's Brier score; their mean is the Brier score.

    With two classes the squared distance of the positive class's probability from 0 or 1, in [0, 1]; with
    more the sum of the squared distances over the classes, in [0, 2] (Brier 1950, Monthly Weather Review
    78:1).
    """
    n_classes = y_score.shape[1]
    distances = y_score.astype(np.float64) - np.eye(n_classes)[y_true]
    sums: NDArray[np.float64] = (distances**2).sum(axis=1)
    return sums / 2 if n_classes == 2 else sums


def ratio(numerator: Matrix, denominator: Matrix) -> NDArray[np.float64]:
    """Divide, with NaN where the denominator is 0."""
    whole = np.asarray(denominator, dtype=np.float64)
    quotient = np.full(whole.shape, np.nan)
    np.divide(numerator, whole, out=quotient, where=whole != 0)
    return quotient


def _false_positives(matrix: Matrix, positive: int) -> Matrix:
    called: Matrix = matrix[..., :, positive].sum(-1)
    return called - matrix[..., positive, positive]


def _false_negatives(matrix: Matrix, positive: int) -> Matrix:
    existing: Matrix = matrix[..., positive, :].sum(-1)
    return existing - matrix[..., positive, positive]


def _mean(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.asarray(np.mean(values, axis=0))


def _proportion(hits: Matrix, n: Matrix) -> Proportion:
    return Proportion(np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64))
