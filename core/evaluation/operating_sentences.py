"""What is said of a threshold that was chosen for a target: where it was chosen, and if it holds here."""

from typing import Final

from core.evaluation.decisions import threshold_text
from core.evaluation.operating import Target
from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.language import N_, Message

TARGET_NAMES: Final[dict[Target, str]] = {
    "sensitivity": N_("Sensitivity"),
    "specificity": N_("Specificity"),
}
_Values = dict[str, "str | int | float | bool | None | Message"]


def chosen_on(target: Target, threshold: float, there: MetricValue, *, is_same: bool) -> Message:
    """Say which threshold was chosen on the validation split, and what it reached there if that is elsewhere.

    Parameters
    ----------
    target, threshold
        What was asked for, and what was chosen for it.
    there
        What it comes to on the validation split.
    is_same
        Whether that split is what is judged.
    """
    text = N_("Threshold {threshold}, chosen on the validation split: {target} {value} there, n = {n}.")
    if is_same:
        text = N_("Threshold {threshold}, chosen on the validation split.")
    return Message(text=text, values=_values(target, there) | {"threshold": threshold_text(threshold)})


def reached_here(target: Target, at_least: float, here: MetricValue, *, is_same: bool) -> Message:
    """Say whether the target is reached on what is judged.

    Parameters
    ----------
    target, at_least
        What was asked for.
    here
        What it came to.
    is_same
        Whether these are the very images that the threshold was chosen on.
    """
    values = _values(target, here) | {"asked": f"{at_least:.2f}"}
    if is_same:
        text = N_(
            "{target}: asked {asked}, reached {value} here. That is optimistic: the threshold was chosen on"
            " these same images. Only other ones can tell whether it holds."
        )
    elif here.value is None:
        text = N_("{target}: asked {asked}. Here it can't be measured.")
    elif here.value < at_least and here.high is not None and here.high < at_least:
        text = N_("{target}: asked {asked}, reached {value} here: missed, and by more than chance explains.")
    elif here.value < at_least:
        text = N_("{target}: asked {asked}, reached {value} here: missed, which may be chance.")
    elif here.low is not None and here.low < at_least:
        text = N_("{target}: asked {asked}, reached {value} here. The interval goes below what was asked.")
    else:
        text = N_("{target}: asked {asked}, reached {value} here.")
    return Message(text=text, values=values)


def is_missed(at_least: float, here: MetricValue) -> bool:
    """Tell whether the target is not reached on what is judged."""
    return here.value is None or here.value < at_least


def _values(target: Target, metric: MetricValue) -> _Values:
    value = with_interval(metric) if metric.value is not None else Message(text=N_("not defined"))
    return {"target": Message(text=TARGET_NAMES[target]), "value": value, "n": metric.n}
