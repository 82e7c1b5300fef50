"""What is said of a temperature and of what it does."""

import numpy as np

from core.evaluation.calibration import HIGHEST, LOWEST, Temperature
from core.evaluation.calibration_effect import Change, Effect
from core.evaluation.records import MetricValue
from core.evaluation.sentences import rounded, with_interval
from core.language import N_, Message


def temperature_words(temperature: Temperature) -> Message:
    """Say the temperature, its interval, on how many images it was fitted, and what it means."""
    meaning = N_("above 1: too sure of itself")
    if temperature.value < 1:
        meaning = N_("below 1: not sure enough")
    if (
        temperature.low is not None
        and temperature.high is not None
        and temperature.low < 1 < temperature.high
    ):
        meaning = N_("no clear departure from 1")
    shown = MetricValue(value=temperature.value, low=temperature.low, high=temperature.high, n=temperature.n)
    text = N_("Temperature {value} ({meaning}), fitted on {n} validation images.")
    values = {"value": with_interval(shown), "meaning": Message(text=meaning), "n": temperature.n}
    return Message(text=text, values=values)


def bound_words(temperature: Temperature) -> Message | None:
    """Say that no best temperature was found between the bounds, and why; None where one was."""
    if not temperature.is_bounded:
        return None
    text = N_(
        "No best temperature was found: the validation images are told apart without a mistake, and so any"
        " sharper probabilities would look better. It was held at {bound}; more images are needed to know it."
    )
    if temperature.value == HIGHEST:
        text = N_(
            "No best temperature was found: on the validation images the scores say nothing of the truth, and"
            " flatter probabilities always look better. It was held at {bound}."
        )
    return Message(text=text, values={"bound": HIGHEST if temperature.value == HIGHEST else LOWEST})


def effect_words(effect: Effect) -> Message:
    """Say what calibration does to the log loss, and whether that is more than chance explains."""
    change = effect.log_loss
    if not change.is_settled:
        text = N_("Log loss {before} before, {after} after: the difference may be chance.")
    elif (change.difference.value or 0) < 0:
        text = N_("Log loss {before} before, {after} after: better, by more than chance explains.")
    else:
        text = N_("Log loss {before} before, {after} after: worse, by more than chance explains.")
    return Message(text=text, values={"before": _short(change.before), "after": _short(change.after)})


def title_words(class_name: str, before: float, after: float | None = None) -> Message:
    """Return the title of a reliability diagram: how far probabilities are off, before and after."""
    values = {"name": class_name, "before": _rounded(before)}
    if after is None:
        return Message(text=N_("Probabilities of '{name}' are off by {before}, on average"), values=values)
    text = N_("Probabilities of '{name}' are off by {before}, on average; with the temperature by {after}")
    return Message(text=text, values=values | {"after": _rounded(after)})


def change_words(change: Change) -> tuple[Message, Message, Message]:
    """Return before, after and the difference, each with its interval."""
    return with_interval(change.before), with_interval(change.after), with_interval(change.difference)


def _short(metric: MetricValue) -> str:
    return "–" if metric.value is None else rounded(metric.value)


def _rounded(value: float) -> str:
    return rounded(value) if np.isfinite(value) else "–"
