"""What the card of a model that came from elsewhere says of its operating point."""

import streamlit as st

from core.evaluation.decisions import threshold_text
from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.language import _
from core.runs.records import CardMetric, ModelCard
from core.runs.store import Run
from ui.operating import move_slider, threshold_of
from ui.session import full
from ui.verdict import follow_no_target


def brought_words(card: ModelCard) -> str:
    """Say from when on a model that was brought calls an image so, and that nobody can check it here."""
    point = card.operating_point
    if point is None:
        return _(
            "Its model.json gives no operating point, and how often it is right cannot be told: it came"
            " without a validation split. It is called what is most probable."
        )
    if point.sensitivity is None or point.specificity is None:
        return _(
            "The threshold is that of its model.json, which does not say what it does. How often it is right"
            " cannot be told here: it came without a validation split."
        )
    return _(
        "The threshold is that of its model.json, which says of the validation images there: sensitivity"
        " {sensitivity}, specificity {specificity}. It cannot be checked here, where those images are not.",
        sensitivity=_said(point.sensitivity),
        specificity=_said(point.specificity),
    )


def show_point_of(run: Run) -> None:
    """Say with which threshold a run's model came, where another one is set; at Full it can be taken over."""
    point = run.card.operating_point
    if point is None or point.threshold == threshold_of(run):
        return
    text = threshold_text(point.threshold)
    st.caption(_("This model came with the threshold {value}; another one is set here.", value=text))
    if full():
        st.button(
            _("Use the threshold {value}", value=text),
            key="explain-threshold-of-card",
            on_click=_take_over,
            args=(point.threshold,),
        )


def _take_over(threshold: float) -> None:
    follow_no_target()
    move_slider(threshold)


def _said(metric: CardMetric) -> str:
    return str(with_interval(MetricValue(value=metric.value, low=metric.low, high=metric.high, n=metric.n)))
