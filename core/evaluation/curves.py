"""The ROC curves of an evaluation: one for the positive class of two, or one for each class."""

from core.evaluation.records import Evaluation, MetricValue
from core.runs.predictions import Predictions
from core.statistics.roc import RocCurve, roc_curve


def roc_curves(predictions: Predictions) -> dict[str, RocCurve]:
    """Return class to ROC curve: the positive class of two alone, or each of several against the rest.

    A class without an image, or without any other image, has no curve.
    """
    chosen = predictions.positive_index
    indices = range(len(predictions.class_names)) if chosen is None else [chosen]
    curves = {}
    for index in indices:
        is_positive = predictions.y_true == index
        if is_positive.any() and not is_positive.all():
            curves[predictions.class_names[index]] = roc_curve(is_positive, predictions.y_score[:, index])
    return curves


def areas(evaluation: Evaluation) -> dict[str, MetricValue]:
    """Return class to AUROC, for the classes of `roc_curves`."""
    if evaluation.positive_class is not None:
        return {evaluation.positive_class: evaluation.metrics["auroc"]}
    return {name: metrics["auroc"] for name, metrics in evaluation.per_class.items()}
