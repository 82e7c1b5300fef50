"""The operating point: a threshold that reaches a target, chosen on the validation split.

A threshold that is chosen on the images that are judged flatters them. So it is chosen on validation, and
whether the target is reached elsewhere is a question of its own, with its own answer and interval.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.errors import InvalidValueError
from core.evaluation.decisions import Threshold, decide
from core.evaluation.records import Evaluation, MetricValue
from core.evaluation.report import evaluate
from core.language import N_, Message
from core.runs.predictions import Predictions

Target = Literal["sensitivity", "specificity"]

TARGETS: Final[tuple[Target, ...]] = ("sensitivity", "specificity")
_EVEN: Final = 0.5  # equal thresholds call the most probable class, whatever they are
_MOST_DIGITS: Final = 9
_ALIKE: Final = 1e-6  # of quotients of float32: what lies closer is one number, rounded


@dataclass(frozen=True)
class Choice:
    """A threshold that reaches a target; None where none does, and then `problem` says why.

    `problem` beside a threshold says that it is reached in a way that nobody wants: all are called, or none.
    """

    threshold: Threshold | None
    problem: Message | None = None


class OperatingPoint(BaseModel):
    """A threshold that reaches a target on the images that it was chosen on, and what it does there.

    Attributes
    ----------
    target, at_least, class_name
        What was asked for: at least this sensitivity, or specificity, of this class against the rest.
    threshold
        As in `decide`; None where no threshold reaches the target.
    sensitivity, specificity
        Of the class against the rest, with intervals, on those same images; None without a threshold.
    n_samples
        How many images it was chosen on.
    problem
        Why there is no threshold, or what is wrong with the only one that there is.
    """

    model_config = ConfigDict(frozen=True)

    target: Target
    at_least: float
    class_name: str
    threshold: Threshold | None
    sensitivity: MetricValue | None
    specificity: MetricValue | None
    n_samples: int
    problem: Message | None = None


def threshold_for(
    predictions: Predictions,
    target: Target,
    at_least: float,
    class_name: str | None = None,
    *,
    others: Threshold = _EVEN,
) -> OperatingPoint:
    """Choose the threshold that reaches a target and gives away least, and say what it does.

    Parameters
    ----------
    predictions
        Of the validation split: what is judged must be other images, or the number flatters.
    target, at_least
        "sensitivity" or "specificity", and the least that is asked of it, in [0, 1].
    class_name
        Which class against the rest; None means the positive one of two.
    others
        With more than two classes: the thresholds beside which this class's is chosen.

    Returns
    -------
    OperatingPoint

    Raises
    ------
    InvalidValueError
        If there is no such class, or `at_least` is not between 0 and 1.
    """
    name = _class_of(predictions, class_name)
    choice = choose(predictions, target, at_least, name, others=others)
    sensitivity, specificity = None, None
    if choice.threshold is not None:
        sensitivity, specificity = rates(evaluate(predictions, threshold=choice.threshold), name)
    return OperatingPoint(
        target=target,
        at_least=at_least,
        class_name=name,
        threshold=choice.threshold,
        sensitivity=sensitivity,
        specificity=specificity,
        n_samples=predictions.n_samples,
        problem=choice.problem,
    )


def choose(
    predictions: Predictions,
    target: Target,
    at_least: float,
    class_name: str | None = None,
    *,
    others: Threshold = _EVEN,
) -> Choice:
    """Return the threshold of `threshold_for` alone, which takes milliseconds.

    It is the highest that reaches a sensitivity, the lowest that reaches a specificity, and stands in the
    middle between the two scores that it parts, with as few digits as that leaves it.
    """
    if not 0 <= at_least <= 1:
        text = N_("A target lies between 0 and 1; {value} does not.")
        raise InvalidValueError(text, value=at_least)
    name = _class_of(predictions, class_name)
    index = predictions.class_names.index(name)
    is_class = predictions.y_true == index
    counted = is_class if target == "sensitivity" else ~is_class
    if not counted.any():
        return Choice(None, _nobody(name, target))
    score, highest = _score(predictions, index, others)
    alike = _ALIKE if highest is None else 0.0
    ends: tuple[float, float] | None = _gap_below(score, counted, at_least, alike)
    if target == "specificity":
        ends = _gap_above(score, counted, at_least, alike, highest=highest)
    if ends is None:
        text = N_("No threshold reaches it: too many images without '{name}' score as high as can be.")
        return Choice(None, Message(text=text, values={"name": name}))
    threshold = _placed(predictions, index, _between(*ends), others)
    return Choice(threshold, _trivial(predictions, index, threshold))


def rates(evaluation: Evaluation, class_name: str) -> tuple[MetricValue, MetricValue]:
    """Return the sensitivity and the specificity of a class against the rest."""
    if evaluation.positive_class is not None:
        return evaluation.metrics["sensitivity"], evaluation.metrics["specificity"]
    found = evaluation.per_class[class_name]
    return found["sensitivity"], found["specificity"]


def _class_of(predictions: Predictions, class_name: str | None) -> str:
    positive = predictions.positive_class
    name = positive if class_name is None else class_name
    if name in predictions.class_names and (positive is None or name == positive):
        return str(name)
    text = N_("A target is for one class: the positive one of two, or one of several.")
    raise InvalidValueError(text)


def _score(
    predictions: Predictions, index: int, others: Threshold
) -> tuple[NDArray[np.float64], float | None]:
    """Return what a threshold of the class is held against, shape (n,), and its highest value.

    Of two classes the probability. Of more, the class is called where p / t is the largest: where p divided
    by the largest p / t of the others is at least t.
    """
    score = predictions.y_score.astype(np.float64)
    if predictions.positive_class is not None:
        return score[:, index], 1.0
    tiny = float(np.finfo(np.float32).tiny)
    scaled = score / np.maximum(np.broadcast_to(others, score.shape[1]), tiny)
    rivals = np.delete(scaled, index, axis=1).max(axis=1)  # (n, k) -> (n,)
    return score[:, index] / np.maximum(rivals, tiny), None


def _gap_below(
    score: NDArray[np.float64], counted: NDArray[np.bool_], at_least: float, alike: float
) -> tuple[float, float]:
    """Return between which scores the threshold lies that calls enough of the counted images.

    Scores that differ by less than the share `alike` lie on the same side.
    """
    falling = np.sort(score[counted])[::-1]
    lowest_called = falling[max(_least(at_least, len(falling)), 1) - 1]
    while len(near := score[(score < lowest_called) & (score >= lowest_called * (1 - alike))]):
        lowest_called = near.min()
    below = score[score < lowest_called]
    return (float(below.max()) if len(below) else 0.0), float(lowest_called)


def _gap_above(
    score: NDArray[np.float64],
    counted: NDArray[np.bool_],
    at_least: float,
    alike: float,
    *,
    highest: float | None,
) -> tuple[float, float] | None:
    """Return between which scores the threshold lies that leaves enough of the counted images in peace."""
    rising = np.sort(score[counted])
    highest_left = rising[max(_least(at_least, len(rising)), 1) - 1]
    while len(near := score[(score > highest_left) & (score <= highest_left * (1 + alike))]):
        highest_left = near.max()
    above = score[score > highest_left]
    if len(above):
        return float(highest_left), float(above.min())
    if highest is None:
        return float(highest_left), max(2 * float(highest_left), 1.0)
    return (float(highest_left), highest) if highest_left < highest else None


def _least(share: float, n: int) -> int:
    """Return how many of n are at least this share; 0.95 of 20 are 19, whatever the last bit says."""
    return int(np.ceil(share * n - 1e-9))


def _between(low: float, high: float) -> float:
    """Return a number above `low` and up to `high`, in their middle, with as few digits as it needs."""
    middle = (low + high) / 2
    for digits in range(1, _MOST_DIGITS + 1):
        short = float(f"{middle:.{digits}g}")
        if low < short <= high:
            return short
    return high


def _placed(predictions: Predictions, index: int, threshold: float, others: Threshold) -> Threshold:
    if predictions.positive_class is not None:
        return threshold
    each = np.array(np.broadcast_to(others, len(predictions.class_names)), dtype=np.float64)
    each[index] = threshold
    scaled = each / max(1.0, threshold)  # only their ratios matter, and each is a probability
    return tuple(float(value) for value in scaled)


def _trivial(predictions: Predictions, index: int, threshold: Threshold) -> Message | None:
    is_called = decide(predictions, threshold) == index
    values: dict[str, str | int | float | bool | None | Message] = {"name": predictions.class_names[index]}
    if is_called.all():
        return Message(text=N_("Only calling every image '{name}' reaches it."), values=values)
    if not is_called.any():
        return Message(text=N_("Only calling no image '{name}' reaches it."), values=values)
    return None


def _nobody(name: str, target: Target) -> Message:
    text = N_("There is no image of '{name}' in the validation split, so nothing can be chosen for it.")
    if target == "specificity":
        text = N_("There is no image without '{name}' in the validation split, so nothing can be chosen.")
    return Message(text=text, values={"name": name})
