"""All numbers of an evaluation as rows, for a table and for a file."""

from core.evaluation.records import METHODS, METRICS, Evaluation, MetricValue, metric_title
from core.evaluation.sentences import worked_out
from core.language import N_, Message, _

NOTICE = N_("For teaching and demonstration, not for diagnosis")
HEADER = (
    "metric",
    "class",
    "value",
    "low",
    "high",
    "level",
    "n",
    "how_it_comes_about",
    "method",
    "threshold",
    "notice",
)


def titles_of(evaluation: Evaluation, class_name: str | None = None) -> dict[str, Message]:
    """Return metric to title, for all classes, or with more than two for `class_name` against the rest."""
    found = evaluation.metrics if class_name is None else evaluation.per_class[class_name]
    return {name: metric_title(name, class_name or evaluation.positive_class) for name in found}


def rows(evaluation: Evaluation) -> list[list[object]]:
    """Return a row for each metric, overall and then of each class against the rest; columns as in HEADER.

    A number that is not there is an empty cell, and its reason stands in the column `method`.
    """
    found = [_row(name, metric, evaluation, None) for name, metric in evaluation.metrics.items()]
    for class_name, metrics in evaluation.per_class.items():
        found += [_row(name, metric, evaluation, class_name) for name, metric in metrics.items()]
    return found


def _row(name: str, metric: MetricValue, evaluation: Evaluation, class_name: str | None) -> list[object]:
    numbers = ("" if one is None else f"{one:.6g}" for one in (metric.value, metric.low, metric.high))
    threshold = evaluation.threshold if evaluation.thresholds is None else evaluation.thresholds
    return [
        name,
        class_name or evaluation.positive_class or "",
        *numbers,
        evaluation.level,
        metric.n,
        worked_out(name, evaluation, class_name),
        metric.reason or _(METHODS[metric.method]),
        "" if threshold is None or METRICS[name].group in ("ranking", "probabilities") else threshold,
        _(NOTICE),
    ]
