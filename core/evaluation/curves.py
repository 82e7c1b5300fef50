"""The curves of an evaluation: for the positive class of two alone, or each of several against the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide
from core.evaluation.patients import number_patients
from core.evaluation.records import Evaluation, MetricValue
from core.runs.predictions import Predictions
from core.statistics.bands import Band, precision_recall_band, roc_band
from core.statistics.metrics import confusion_matrix
from core.statistics.precision_recall_curve import PrecisionRecallCurve, precision_recall_curve
from core.statistics.reliability import Binning, Reliability, reliability
from core.statistics.roc import RocCurve, roc_curve

_LEVEL = 0.95
_ON_THE_CURVE = 0.005  # a point this near to its curve is drawn upon it


@dataclass(frozen=True)
class Called:
    """What the decisions come to for one class against the rest; a rate is NaN where there is nobody.

    Attributes
    ----------
    false_positive_rate, sensitivity, precision
        Of the images without the class how many were called so; of those with it how many; and of those
        called so how many are.
    """

    false_positive_rate: float
    sensitivity: float
    precision: float


@dataclass(frozen=True, eq=False)
class Bands:
    """The bands of one class's curves; None where it has no image, or all images are of it."""

    roc: Band | None
    precision_recall: Band | None


def roc_curves(predictions: Predictions) -> dict[str, RocCurve]:
    """Return class to ROC curve: the positive class of two alone, or each of several against the rest.

    A class without an image, or without any other image, has no curve.
    """
    return {name: roc_curve(*_sides(predictions, name)) for name in _with_both_sides(predictions)}


def precision_recall_curves(predictions: Predictions) -> dict[str, PrecisionRecallCurve]:
    """Return class to precision-recall curve, for the classes of `roc_curves`."""
    return {
        name: precision_recall_curve(*_sides(predictions, name)) for name in _with_both_sides(predictions)
    }


def bands(predictions: Predictions, class_name: str) -> Bands:
    """Return the bands of a class's curves, by patient; they do not depend on the threshold."""
    is_class, score = _sides(predictions, class_name)
    patients = number_patients(predictions)
    return Bands(
        roc_band(is_class, score, patients, level=_LEVEL, seed=0),
        precision_recall_band(is_class, score, patients, level=_LEVEL, seed=0),
    )


def reliability_of(
    predictions: Predictions, class_name: str, binning: Binning = "equal width"
) -> Reliability:
    """Return how often it is a class, by the probability that it was given."""
    is_class, score = _sides(predictions, class_name)
    return reliability(is_class, score, number_patients(predictions), binning=binning, level=_LEVEL)


def areas(evaluation: Evaluation, name: str = "auroc") -> dict[str, MetricValue]:
    """Return class to AUROC, or to "average_precision", for the classes of `roc_curves`."""
    if evaluation.positive_class is not None:
        return {evaluation.positive_class: evaluation.metrics[name]}
    return {class_name: metrics[name] for class_name, metrics in evaluation.per_class.items()}


def called(evaluation: Evaluation) -> dict[str, Called]:
    """Return what the decisions come to, for the classes of `areas`."""
    matrix = np.array(evaluation.confusion_matrix, dtype=np.float64)
    names = evaluation.class_names
    chosen = names if evaluation.positive_class is None else (evaluation.positive_class,)
    return {name: _called(matrix, names.index(name)) for name in chosen}


def called_at(predictions: Predictions, threshold: Threshold, class_name: str) -> Called:
    """Return what the decisions at a threshold come to for one class, without judging anything else."""
    names = predictions.class_names
    matrix = confusion_matrix(predictions.y_true, decide(predictions, threshold), len(names))
    return _called(matrix.astype(np.float64), names.index(class_name))


def is_off(curve: RocCurve, point: Called) -> bool:
    """Tell whether what was decided lies off a class's curve.

    With several classes it may: the curve takes the class's own probability alone for its threshold, a
    decision takes those of the others too.
    """
    on = np.interp(point.false_positive_rate, curve.false_positive_rate, curve.true_positive_rate)
    across = np.interp(point.sensitivity, curve.true_positive_rate, curve.false_positive_rate)
    up, right = abs(on - point.sensitivity), abs(across - point.false_positive_rate)
    return bool(min(up, right) > _ON_THE_CURVE)


def curve_classes(predictions: Predictions) -> tuple[str, ...]:
    """Return the classes that curves are drawn for: the positive one of two, or all."""
    positive = predictions.positive_class
    return predictions.class_names if positive is None else (positive,)


def _with_both_sides(predictions: Predictions) -> list[str]:
    counts = np.bincount(predictions.y_true, minlength=len(predictions.class_names))
    n_of = dict(zip(predictions.class_names, counts.tolist(), strict=True))
    return [name for name in curve_classes(predictions) if 0 < n_of[name] < predictions.n_samples]


def _sides(predictions: Predictions, class_name: str) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    index = predictions.class_names.index(class_name)
    return predictions.y_true == index, predictions.y_score[:, index]


def _called(matrix: NDArray[np.float64], index: int) -> Called:
    hits, of_class, called_so = matrix[index, index], matrix[index].sum(), matrix[:, index].sum()
    others = matrix.sum() - of_class
    return Called(
        float((called_so - hits) / others) if others else float("nan"),
        float(hits / of_class) if of_class else float("nan"),
        float(hits / called_so) if called_so else float("nan"),
    )
