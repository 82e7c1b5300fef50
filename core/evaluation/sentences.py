"""A metric in one line, with the counts it was made of: "41 of 45 = 0.91 (0.79 to 0.97)"."""

import math
from collections.abc import Callable
from typing import Final

from core.evaluation.digits import rounded
from core.evaluation.formulas import Cells, arithmetic, cells_against_rest, pairs_of
from core.evaluation.records import METRICS, Evaluation, MetricValue, metric_title
from core.language import N_, Message

__all__ = [
    "cells_of",
    "definition",
    "rounded",
    "value_of",
    "with_interval",
    "worked_out",
    "worth",
]

_HITS: Final[dict[str, Callable[[Cells], int]]] = {
    "sensitivity": lambda cells: cells[3],
    "ppv": lambda cells: cells[3],
    "specificity": lambda cells: cells[0],
    "npv": lambda cells: cells[0],
    "accuracy": lambda cells: cells[0] + cells[3],
}

# What calling each of k classes equally probable would reach: a coin has two sides only.
_OF_MANY: Final[dict[str, tuple[str, Callable[[int], float]]]] = {
    "log_loss": (
        N_(
            "How surprised were the probabilities by the truth, in nats? Calling all {k} classes equally"
            " probable has {value}."
        ),
        math.log,
    ),
    "brier": (
        N_(
            "How far were the probabilities from the truth, squared and summed over the classes? Calling all"
            " {k} equally probable has {value}."
        ),
        lambda k: (k - 1) / k,
    ),
}


def with_interval(metric: MetricValue) -> Message:
    """Return "0.91 (0.79 to 0.97)"; without an interval the value alone, without a value "not defined"."""
    if metric.value is None:
        return Message(text=N_("not defined"))
    value = rounded(metric.value)
    if metric.low is None or metric.high is None:
        return Message(text=N_("{value} (no interval)"), values={"value": value})
    text = N_("{value} ({low} to {high})")
    return Message(
        text=text, values={"value": value, "low": rounded(metric.low), "high": rounded(metric.high)}
    )


def worked_out(name: str, evaluation: Evaluation, class_name: str | None = None) -> Message:
    """Return how the metric `name` comes about from the counts of this evaluation, with its interval.

    "41 of 45 = 0.91 (0.79 to 0.97)" for a share; "53.1 / 118 = 0.45 ..." for a mean over images.

    Parameters
    ----------
    name
        See METRICS.
    evaluation
        Whose numbers.
    class_name
        With more than two classes: of this class against the rest; None for all together.
    """
    metric = value_of(name, evaluation, class_name)
    shown = with_interval(metric)
    if metric.value is None:
        return shown
    hits = _hits(name, evaluation, class_name)
    if hits is not None:
        text = N_("{hits} of {n} = {interval}")
        return Message(text=text, values={"hits": hits, "n": metric.n, "interval": shown})
    index = _index(evaluation, class_name)
    pairs = pairs_of(name, metric, evaluation.confusion_matrix, index)
    if pairs is not None:
        text = N_("{wins} of {n} pairs = {interval}")
        return Message(text=text, values={"wins": pairs[0], "n": pairs[1], "interval": shown})
    formula = arithmetic(name, metric, evaluation, index)
    if formula is None:
        return shown
    text = N_("{formula} = {interval}")
    return Message(text=text, values={"formula": formula, "interval": shown})


def value_of(name: str, evaluation: Evaluation, class_name: str | None = None) -> MetricValue:
    """Return a metric of all classes, or with more than two that of `class_name` against the rest."""
    metrics = evaluation.metrics if class_name is None else evaluation.per_class[class_name]
    return metrics[name]


def definition(name: str, evaluation: Evaluation, class_name: str | None = None) -> Message:
    """Return the question that the metric `name` answers, naming the positive class or `class_name`."""
    positive = class_name or evaluation.positive_class
    question = METRICS[name].question
    if positive is None and "{positive}" in question:
        return Message(
            text=N_("Found for each class against the rest; then the plain mean over the classes.")
        )
    if positive is None and name in _OF_MANY:
        text, guessing = _OF_MANY[name]
        k = len(evaluation.class_names)
        return Message(text=text, values={"k": k, "value": f"{guessing(k):.2f}"})
    return Message(text=question, values={} if positive is None else {"positive": positive})


def worth(evaluation: Evaluation) -> Message:
    """Return how much one answer of the network is worth: what its AUROC is, on how many images."""
    auroc = evaluation.metrics["auroc"]
    text = N_(
        "What that is worth: on {n} validation images, {title} was {value}. This one answer may still be"
        " wrong."
    )
    title = metric_title("auroc", evaluation.positive_class)
    return Message(text=text, values={"n": auroc.n, "title": title, "value": with_interval(auroc)})


def cells_of(evaluation: Evaluation) -> Cells:
    """Return true negatives, false alarms, misses and hits of two classes.

    Raises
    ------
    ValueError
        With more than two classes there is no hit and no miss.
    """
    if evaluation.positive_class is None:
        raise ValueError(f"{len(evaluation.class_names)} classes have no four cells")
    positive = evaluation.class_names.index(evaluation.positive_class)
    return cells_against_rest(evaluation.confusion_matrix, positive)


def _index(evaluation: Evaluation, class_name: str | None) -> int | None:
    """Return which class is held against the rest, None for all together."""
    positive = evaluation.positive_class if class_name is None else class_name
    return None if positive is None else evaluation.class_names.index(positive)


def _hits(name: str, evaluation: Evaluation, class_name: str | None) -> int | None:
    index = _index(evaluation, class_name)
    if index is not None:
        return _HITS[name](cells_against_rest(evaluation.confusion_matrix, index)) if name in _HITS else None
    if name == "accuracy":
        return sum(row[index] for index, row in enumerate(evaluation.confusion_matrix))
    return None
