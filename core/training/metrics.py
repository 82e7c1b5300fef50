"""How good the network is after an epoch, and the one number that epochs are compared by."""

import math
from collections.abc import Mapping
from typing import Any, Final, TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.runs.records import EpochMetrics
from core.statistics import metrics
from core.statistics.precision_recall import average_precision, macro_average_precision
from core.statistics.roc import auroc, macro_auroc
from core.training.config.learning import BestBy

_MOST_CLASSES_KEPT: Final = 20  # a confusion matrix of more has more numbers than an epoch's line should hold


class EpochScores(TypedDict):
    """What `EpochMetrics` holds of a validation split, by its names."""

    val_loss: float
    val_accuracy: float
    val_auroc: float | None
    val_balanced_accuracy: float | None
    val_f1: float | None
    val_average_precision: float | None
    val_mcc: float | None
    val_predicted: tuple[int, ...]
    val_confusion: tuple[tuple[int, ...], ...] | None


def epoch_scores(logits: Tensor, labels: Tensor, positive_index: int | None) -> EpochScores:
    """Return the metrics of a split.

    Parameters
    ----------
    logits, labels
        Tensors of shape (n, n_classes), float32, and (n,), int64, on the CPU; n > 0.
    positive_index
        The class that AUROC, average precision and F1 speak of. None: the mean over all classes, each against
        the rest.

    Returns
    -------
    The loss is the plain cross-entropy, in nats, whatever the network was trained with. All others are None
    but the accuracy where a class has no image.
    """
    truth: NDArray[np.int64] = labels.numpy()
    matrix = metrics.confusion_matrix(truth, logits.argmax(dim=1).numpy(), logits.shape[1])
    found = EpochScores(
        val_loss=float(functional.cross_entropy(logits, labels)),
        val_accuracy=float((logits.argmax(dim=1) == labels).float().mean()),
        val_auroc=None,
        val_balanced_accuracy=None,
        val_f1=None,
        val_average_precision=None,
        val_mcc=None,
        val_predicted=tuple(int(n) for n in matrix.sum(axis=0)),
        val_confusion=_rows(matrix) if logits.shape[1] <= _MOST_CLASSES_KEPT else None,
    )
    if len(np.unique(truth)) == logits.shape[1]:
        _add_by_threshold(found, matrix, positive_index)
        _add_by_order(found, truth, logits, positive_index)
    return found


def _rows(matrix: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(n) for n in row) for row in matrix)


def _add_by_threshold(found: EpochScores, matrix: NDArray[np.int64], positive: int | None) -> None:
    """Add what follows from the class that each image was called."""
    f1 = metrics.macro_f1(matrix) if positive is None else metrics.f1(matrix, positive)
    found["val_balanced_accuracy"] = float(metrics.balanced_accuracy(matrix))
    found["val_f1"] = float(f1)
    # All images called alike is 0 of 0: no better than chance, as scikit-learn has it.
    found["val_mcc"] = float(np.nan_to_num(metrics.matthews_correlation(matrix)))


def _add_by_order(found: EpochScores, truth: NDArray[np.int64], logits: Tensor, positive: int | None) -> None:
    """Add what follows from the order of the probabilities."""
    scores: NDArray[np.float32] = torch.softmax(logits, dim=1).numpy()
    if positive is None:
        found["val_auroc"] = float(macro_auroc(truth, scores))
        found["val_average_precision"] = macro_average_precision(truth, scores)
    else:
        found["val_auroc"] = float(auroc(truth == positive, scores[:, positive]))
        found["val_average_precision"] = average_precision(truth == positive, scores[:, positive])


def score_of(epoch: EpochMetrics, best_by: BestBy) -> float:
    """Return the number that epochs are compared by: higher is better, -inf where there is none.

    The loss is taken with a minus sign.
    """
    return _score(getattr(epoch, f"val_{best_by}"), best_by)


def score_in(scores: EpochScores, best_by: BestBy) -> float:
    """Return the same of metrics that stand in no line yet."""
    values: Mapping[str, Any] = scores
    return _score(values[f"val_{best_by}"], best_by)


def _score(value: float | None, best_by: BestBy) -> float:
    if value is None:
        return -math.inf
    return -value if best_by == "loss" else value
