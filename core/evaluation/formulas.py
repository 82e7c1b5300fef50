"""How a metric is made: in words, and as a line of arithmetic with an evaluation's own numbers."""

from collections.abc import Callable, Sequence
from math import nan
from statistics import fmean
from typing import Final

from core.evaluation.digits import enough
from core.evaluation.records import Evaluation, MetricValue
from core.language import N_, Message

Cells = tuple[int, int, int, int]  # true negatives, false alarms, misses, hits
Matrix = tuple[tuple[int, ...], ...]  # rows the truth
_MOST_TERMS: Final = 6
_SUMS: Final = ("log_loss", "brier", "calibration_error")  # a mean over the images

DETAILS: Final[dict[str, str]] = {
    "auroc": N_(
        "Of all pairs of an image that is and one that is not: in how many the first scores higher. An equal"
        " score counts half."
    ),
    "average_precision": N_(
        "Images are called one after the other, the highest score first; at each one that is, the share of"
        " right calls so far; then the mean of these shares."
    ),
    "mcc": N_("The correlation of truth and answer, each as 0 or 1: it uses all four cells of the matrix."),
    "kappa": N_(
        "(agreement - agreement by chance) / (1 - agreement by chance). Not weighted: all mix-ups count"
        " alike."
    ),
    "log_loss": N_(
        "Minus the natural logarithm of the probability of the truth, averaged; being sure and wrong costs"
        " most."
    ),
    "brier": N_("The squared distance of the probability from 1 or 0, averaged."),
    "calibration_error": N_(
        "Two definitions are in use. This one takes the probability of this class, in ten bins of equal"
        " width: how far a bin's mean probability is from the share that is so, averaged over the images. It"
        " is never below 0, and few images raise it."
    ),
}

DETAILS_OF_MANY: Final[dict[str, str]] = DETAILS | {
    "auroc": N_("Each class against the rest, then the plain mean: a rare class counts like a common one."),
    "auroc_micro": N_(
        "Of all pairs of a true class (of any image) and a wrong one (of any image): in how many the true one"
        " scores higher. Common classes weigh more than in the mean."
    ),
    "average_precision": N_("Each class against the rest, then the plain mean."),
    "mcc": N_("The correlation of truth and answer, for several classes after Gorodkin (2004)."),
    "brier": N_(
        "The squared distances of all probabilities of an image from 1 or 0, added up, then averaged: from 0"
        " to 2."
    ),
    "calibration_error": N_(
        "Two definitions are in use. This one takes the probability of the class that scores highest, in ten"
        " bins of equal width: how far a bin's mean probability is from the share that is right, averaged"
        " over the images (Guo 2017). It is never below 0, and few images raise it."
    ),
}


def details(name: str, *, is_of_many: bool) -> Message | None:
    """Return how a metric is made, in words; None where its question says it all."""
    text = (DETAILS_OF_MANY if is_of_many else DETAILS).get(name)
    return None if text is None else Message(text=text)


def cells_against_rest(matrix: Matrix, index: int) -> Cells:
    """Return true negatives, false alarms, misses and hits of class `index` against the rest."""
    hits = matrix[index][index]
    misses, alarms = sum(matrix[index]) - hits, sum(row[index] for row in matrix) - hits
    return sum(map(sum, matrix)) - hits - misses - alarms, alarms, misses, hits


def arithmetic(name: str, metric: MetricValue, evaluation: Evaluation, index: int | None) -> str | None:
    """Return the arithmetic of a metric with the numbers of an evaluation, as "2 × 41 / (2 × 41 + 5 + 4)".

    Parameters
    ----------
    name, metric
        Which, and what it came to; what is a share of images or of pairs has no line here.
    evaluation
        Whose confusion matrix and classes.
    index
        The class that is held against the rest; None for several classes together.
    """
    matrix, value = evaluation.confusion_matrix, metric.value
    if value is None:
        return None
    if name in _SUMS:
        return _total(value, evaluation.n_samples)
    if index is None:
        return _of_many(name, value, evaluation)
    if name == "average_precision":
        return _total(value, sum(matrix[index]))  # a share at each image that is
    return _OF_CELLS[name](cells_against_rest(matrix, index), value) if name in _OF_CELLS else None


def _of_many(name: str, value: float, evaluation: Evaluation) -> str | None:
    if name == "mcc":
        return _correlation(evaluation.confusion_matrix)
    if name == "kappa":
        return _kappa(evaluation.confusion_matrix, value)
    part = "sensitivity" if name == "balanced_accuracy" else name
    parts = [metrics[part].value for metrics in evaluation.per_class.values() if part in metrics]
    return _mean([one for one in parts if one is not None], value) if parts else None


def pairs_of(name: str, metric: MetricValue, matrix: Matrix, index: int | None) -> tuple[str, int] | None:
    """Return in how many pairs the right one scores higher, and of how many; None for what is no such share.

    `index` is the class that is held against the rest.
    """
    n, k = sum(map(sum, matrix)), len(matrix)
    if name == "auroc_micro":
        n_pairs = n * n * (k - 1)
    elif name == "auroc" and index is not None:
        n_pairs = sum(matrix[index]) * (n - sum(matrix[index]))
    else:
        return None
    wins = round(2 * (metric.value or 0) * n_pairs) / 2  # a whole or a half number, as long as it is exact
    return str(int(wins)) if wins == int(wins) else str(wins), n_pairs


def _total(value: float, n: int) -> str:
    """Return a mean over n as what was added up over n."""
    return f"{enough([value * n], lambda sums: sums[0] / n, value, fewest=1)[0]} / {n}"


def _mean(parts: list[float], value: float) -> str:
    if len(parts) > _MOST_TERMS:
        return _total(value, len(parts))
    return f"({' + '.join(enough(parts, fmean, value))}) / {len(parts)}"


def _balanced(cells: Cells, value: float) -> str:
    calm, alarms, misses, hits = cells
    return _mean([hits / (hits + misses), calm / (calm + alarms)], value)


def _f1(cells: Cells, _value: float) -> str:
    _, alarms, misses, hits = cells
    return f"2 × {hits} / (2 × {hits} + {alarms} + {misses})"


def _mcc(cells: Cells, _value: float) -> str:
    calm, alarms, misses, hits = cells
    sides = (hits + alarms, hits + misses, calm + alarms, calm + misses)
    return f"({hits} × {calm} - {alarms} × {misses}) / √({' × '.join(map(str, sides))})"


def _correlation(matrix: Matrix) -> str:
    n, right = sum(map(sum, matrix)), sum(row[index] for index, row in enumerate(matrix))
    truths, answers = [sum(row) for row in matrix], [sum(column) for column in zip(*matrix, strict=True)]
    by_chance = _dot(truths, answers)
    spread = f"({n}² - {_dot(truths, truths)}) × ({n}² - {_dot(answers, answers)})"
    return f"({right} × {n} - {by_chance}) / √({spread})"


def _kappa(matrix: Matrix, value: float) -> str:
    n, right = sum(map(sum, matrix)), sum(row[index] for index, row in enumerate(matrix))
    truths, answers = [sum(row) for row in matrix], [sum(column) for column in zip(*matrix, strict=True)]

    def made(parts: Sequence[float]) -> float:
        return (parts[0] - parts[1]) / (1 - parts[1]) if parts[1] < 1 else nan

    parts = [right / n, _dot(truths, answers) / (n * n)]
    agreed, by_chance = enough(parts, made, value, fewest=3)
    return f"({agreed} - {by_chance}) / (1 - {by_chance})"


def _dot(one: list[int], other: list[int]) -> int:
    return sum(first * second for first, second in zip(one, other, strict=True))


_OF_CELLS: Final[dict[str, Callable[[Cells, float], str]]] = {
    "balanced_accuracy": _balanced,
    "f1": _f1,
    "mcc": _mcc,
    "kappa": lambda cells, value: _kappa(((cells[0], cells[1]), (cells[2], cells[3])), value),
}
