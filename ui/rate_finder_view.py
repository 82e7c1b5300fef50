"""The learning-rate finder: its button, its curve, and a rate to take over into the form."""

from collections.abc import Callable
from typing import Final

import numpy as np
import streamlit as st

from core.experiments.rate_records import HIGHEST, LOWEST, N_STEPS, RATE, RateCurve, RateRequest, Verdict
from core.figures.rate_finder import RateMarks, rate_curve, rate_words
from core.language import N_, _
from core.training.config import TrainingConfig
from ui import cache
from ui.charts import show_figure
from ui.experiment_panel import experiment, once_more

_TITLES: Final[dict[Verdict, str]] = {
    "found": N_("The loss falls fastest at {rate} and rises from {edge} on"),
    "no edge": N_("The loss falls fastest at {rate}; it does not clearly rise again up to {highest}"),
    "flat": N_("No rate let the loss fall more than chance does"),
}
_WIDE: Final = 10.0  # times from end to end: a range that says little


def rate_finder(
    config: TrainingConfig, *, key: str, on_use: Callable[[float], None] | None = None
) -> float | None:
    """Offer to look for a learning rate and show what was found; return the rate that the visitor accepts.

    Parameters
    ----------
    config
        What would be trained; its learning rate is drawn beside what was found.
    key
        Of the widgets: `<key>-start`, `<key>-use`.
    on_use
        Called with the rate when the visitor accepts it, before the page runs again: only then may it write
        what a widget of this page shows.

    Returns
    -------
    The rate that was accepted in this run of the page, else None.
    """
    info = cache.dataset(config.dataset).info
    request = RateRequest.of(config, info.revision)
    hint = _(
        "Up to {n} steps on your training images, each at a larger rate than the last; the network is thrown"
        " away. It shows which rates let this network learn at all, not which ends best.",
        n=N_STEPS,
    )
    label = _("Find a learning rate")
    answer = experiment(RATE, request, RateCurve, key=key, label=label, hint=hint)
    if answer is None:
        return None
    _show(answer, config, key=key, simulated=info.simulated)
    accepted = _offer(answer, key=key, on_use=on_use)
    once_more(RATE, request, key=key)
    return accepted


def _show(answer: RateCurve, config: TrainingConfig, *, key: str, simulated: bool) -> None:
    values = {
        "rate": _words(answer.suggestion),
        "edge": _words(answer.edge),
        "highest": f"{HIGHEST:g}",
    }
    figure = rate_curve(
        np.array(answer.rates),
        np.array(answer.adjusted),
        np.array(answer.smoothed),
        RateMarks(config.learning_rate, answer.suggestion, answer.span, answer.edge),
        title=_(_TITLES[answer.verdict], **values),
    )
    show_figure(figure, key=f"{key}-curve", simulated=simulated)
    if answer.verdict == "flat":
        st.info(
            _(
                "There is nothing to suggest. Perhaps the batches are so small that chance hides the fall,"
                " the images are too few, or the task is too hard for so few steps: a larger batch, or"
                " weights that know something already, may show more."
            )
        )
        return
    st.caption(_reading(answer))


def _reading(answer: RateCurve) -> str:
    text = _(
        "Good rates lie on the slope, where the loss falls; at its bottom the rate is already too large."
    )
    text += " " + _("A dot is one step; how hard its batch is by itself was taken out of it.")
    if answer.span is not None:
        low, high = answer.span
        values = {"low": rate_words(low), "high": rate_words(high)}
        text += " " + _("With other batches the suggestion would lie between {low} and {high}.", **values)
        if high / low > _WIDE:
            text += " " + _("That is a wide range: take it for a direction, no more.")
    return text


def _offer(answer: RateCurve, *, key: str, on_use: Callable[[float], None] | None) -> float | None:
    if answer.suggestion is None:
        return None
    rate = accepted_rate(answer.suggestion)
    pressed = st.button(
        _("Use {rate}", rate=rate_words(rate)),
        key=f"{key}-use",
        icon=":material/check:",
        on_click=on_use,
        args=None if on_use is None else (rate,),
    )
    return rate if pressed else None


def accepted_rate(suggestion: float) -> float:
    """Return a suggestion as the form takes it: two digits, within the bounds of a learning rate."""
    return min(max(float(f"{suggestion:.2g}"), LOWEST), HIGHEST)


def _words(rate: float | None) -> str:
    return "" if rate is None else rate_words(rate)
