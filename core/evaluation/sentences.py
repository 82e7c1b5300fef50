"""A metric in one line, with the counts it was made of: "41 of 45 = 0.91 (0.79 to 0.97)"."""

from collections.abc import Callable
from typing import Final

from core.evaluation.records import METRICS, Evaluation, MetricValue, metric_title
from core.language import N_, Message

_Cells = tuple[int, int, int, int]  # true negatives, false alarms, misses, hits

_HITS: Final[dict[str, Callable[[_Cells], int]]] = {
    "sensitivity": lambda cells: cells[3],
    "ppv": lambda cells: cells[3],
    "specificity": lambda cells: cells[0],
    "npv": lambda cells: cells[0],
    "accuracy": lambda cells: cells[0] + cells[3],
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


def rounded(value: float) -> str:
    """Return two digits, or three where two would say 0.00 or 1.00 of what is neither."""
    text = f"{value:.2f}"
    return f"{value:.3f}" if text in ("0.00", "1.00") and value not in (0, 1) else text


def worked_out(name: str, evaluation: Evaluation) -> Message:
    """Return how the metric `name` comes about from the counts of this evaluation, with its interval.

    "41 of 45 = 0.91 (0.79 to 0.97)" for a share; "over 118 images: ..." for what is no share of images.
    """
    metric = evaluation.metrics[name]
    shown = with_interval(metric)
    if metric.value is None:
        return shown
    hits = _hits(name, evaluation)
    if hits is not None:
        text = N_("{hits} of {n} = {interval}")
        return Message(text=text, values={"hits": hits, "n": metric.n, "interval": shown})
    if evaluation.positive_class is not None and name in _FORMULAS:
        formula = _FORMULAS[name](evaluation)
        return Message(text=N_("{formula} = {interval}"), values={"formula": formula, "interval": shown})
    text = N_("over {n} images: {interval}")
    return Message(text=text, values={"n": metric.n, "interval": shown})


def definition(name: str, evaluation: Evaluation) -> Message:
    """Return the question that the metric `name` answers, naming the positive class."""
    positive = evaluation.positive_class
    return Message(text=METRICS[name].question, values={} if positive is None else {"positive": positive})


def worth(evaluation: Evaluation) -> Message:
    """Return how much one answer of the network is worth: what its AUROC is, on how many images."""
    auroc = evaluation.metrics["auroc"]
    text = N_(
        "What that is worth: on {n} validation images, {title} was {value}. This one answer may still be"
        " wrong."
    )
    title = metric_title("auroc", evaluation.positive_class)
    return Message(text=text, values={"n": auroc.n, "title": title, "value": with_interval(auroc)})


def cells_of(evaluation: Evaluation) -> _Cells:
    """Return true negatives, false alarms, misses and hits of two classes.

    Raises
    ------
    ValueError
        With more than two classes there is no hit and no miss.
    """
    if evaluation.positive_class is None:
        raise ValueError(f"{len(evaluation.class_names)} classes have no four cells")
    positive = evaluation.class_names.index(evaluation.positive_class)
    matrix, negative = evaluation.confusion_matrix, 1 - positive
    return (
        matrix[negative][negative],
        matrix[negative][positive],
        matrix[positive][negative],
        matrix[positive][positive],
    )


def _hits(name: str, evaluation: Evaluation) -> int | None:
    if evaluation.positive_class is not None:
        return _HITS[name](cells_of(evaluation)) if name in _HITS else None
    if name == "accuracy":
        return sum(row[index] for index, row in enumerate(evaluation.confusion_matrix))
    return None


def _balanced(evaluation: Evaluation) -> str:
    parts = (evaluation.metrics[name].value for name in ("sensitivity", "specificity"))
    return f"({' + '.join('-' if part is None else f'{part:.2f}' for part in parts)}) / 2"


def _f1(evaluation: Evaluation) -> str:
    _, alarms, misses, hits = cells_of(evaluation)
    return f"2 × {hits} / (2 × {hits} + {alarms} + {misses})"


_FORMULAS: Final[dict[str, Callable[[Evaluation], str]]] = {"balanced_accuracy": _balanced, "f1": _f1}
