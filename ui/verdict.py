"""The parts of a verdict that Evaluate and the story share: cards, the matrix, all metrics."""

from typing import Final

import numpy as np
import streamlit as st

from core.datasets.records import Part
from core.evaluation.decisions import threshold_text
from core.evaluation.records import METHODS, Evaluation, MetricValue, metric_title
from core.evaluation.sentences import definition, rounded, with_interval, worked_out
from core.figures.confusion import confusion_matrix
from core.language import _
from ui.charts import show_figure
from ui.messages import escape, simulated_badge
from ui.pickers import PART_TITLES

_HEADLINES: Final = {True: ("auroc", "sensitivity", "specificity"), False: ("auroc", "accuracy", "f1")}
_OF_A_CLASS: Final = ("auroc", "sensitivity", "ppv")
THRESHOLD_KEY: Final = "threshold"
AIM_KEY: Final = "evaluate-aim"  # "hand" or "target": what the threshold follows
DEFAULT_THRESHOLD: Final = 0.5


def headlines(evaluation: Evaluation) -> None:
    """Show the three numbers that are asked for first, each with its counts, its interval and its n."""
    names = _HEADLINES[evaluation.positive_class is not None]
    for column, name in zip(st.columns(3), names, strict=True):
        with column, st.container(border=True, key=f"card-metric-{name}", gap=None):
            metric = evaluation.metrics[name]
            positive = evaluation.positive_class
            title = str(metric_title(name, None if positive is None else escape(positive)))
            st.metric(title, "–" if metric.value is None else rounded(metric.value))
            st.caption(f"{escape(worked_out(name, evaluation))}  \n{_facts(name, evaluation)}")


def threshold_slider(positive: str | None) -> float:
    """Let the visitor move the threshold, which Explain uses too; say why there is none with many classes."""
    if positive is None:
        st.info(_("With more than two classes there is no threshold: the most probable class is called."))
        return DEFAULT_THRESHOLD
    st.session_state.setdefault(THRESHOLD_KEY, DEFAULT_THRESHOLD)
    label = _("Threshold: called '{name}' from this probability on", name=escape(positive))
    value = st.slider(
        label, 0.0, 1.0, step=0.01, key=THRESHOLD_KEY, persist_state="session", on_change=follow_no_target
    )
    if exactly := threshold_beyond(value):
        st.caption(_("Exactly {value}.", value=exactly))
    return value


def threshold_beyond(value: float) -> str | None:
    """Return a threshold that two decimals do not show as it is, in more of them; None where they do."""
    shown = threshold_text(value)
    return None if shown == f"{value:.2f}" else shown


def follow_no_target() -> None:
    """End a target: whoever moves the slider, on whatever page, chooses the threshold by hand."""
    st.session_state[AIM_KEY] = "hand"


def chosen_threshold() -> float:
    """Return the threshold that the visitor chose last."""
    return float(st.session_state.get(THRESHOLD_KEY, DEFAULT_THRESHOLD))


def of_whom(evaluation: Evaluation, split: Part, *, simulated: bool) -> None:
    """Say of how many images and patients the numbers are, and what a reader of them must know."""
    title, n, patients = _(PART_TITLES[split]), evaluation.n_samples, evaluation.n_patients
    if split == "all" and patients is None:
        text = _("All of another data set: {n} images. Their patients are not known.", n=n)
    elif split == "all":
        text = _("All of another data set: {n} images of {patients} patients.", n=n, patients=patients)
    elif patients is None:
        text = _("{split} split: {n} images. Their patients are not known.", split=title, n=n)
    else:
        text = _("{split} split: {n} images of {patients} patients.", split=title, n=n, patients=patients)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if simulated:
            simulated_badge()
        st.caption(text, width="content")
    for note in evaluation.notes:
        st.caption(escape(note))


def matrix(evaluation: Evaluation, *, key: str, simulated: bool = False, height: int = 340) -> None:
    """Show the confusion matrix."""
    counts = np.array(evaluation.confusion_matrix)
    figure = confusion_matrix(counts, evaluation.class_names)
    figure.update_traces(showscale=False)
    show_figure(figure, key=key, simulated=simulated, height=height + 40 * max(0, len(counts) - 2))


def in_words(evaluation: Evaluation) -> None:
    """List every metric: how it came about, its interval, n and method, and the question that it answers."""
    for name, metric in evaluation.metrics.items():
        with st.container(key=f"metric-{name}", gap=None):
            title = escape(metric_title(name, evaluation.positive_class))
            st.markdown(f"**{title}** = {escape(worked_out(name, evaluation))}")
            st.caption(f"{escape(definition(name, evaluation))} {_facts(name, evaluation)}")
            if metric.reason is None:
                st.caption(escape(_(METHODS[metric.method])))


def by_class(evaluation: Evaluation) -> None:
    """Show each class against the rest in a table; nothing with two classes."""
    if not evaluation.per_class:
        return
    rows = [
        {_("Class"): escape(class_name), **{_title(name): _cell(metrics[name]) for name in _OF_A_CLASS}}
        for class_name, metrics in evaluation.per_class.items()
    ]
    st.table(rows, hide_index=True, alt=_("Sensitivity, predictive value and AUROC of each class"))


def _facts(name: str, evaluation: Evaluation) -> str:
    """Return the n of a metric and what stands in brackets, or why nothing stands there."""
    percent, metric = round(100 * evaluation.level), evaluation.metrics[name]
    if metric.reason is not None:
        return _("n = {n}. {reason}", n=metric.n, reason=escape(metric.reason))
    return _("n = {n}, in brackets the {percent} % interval.", n=metric.n, percent=percent)


def _title(name: str) -> str:
    titles = {"auroc": _("AUROC"), "ppv": _("Positive predictive value"), "sensitivity": _("Sensitivity")}
    return titles.get(name, name)


def _cell(metric: MetricValue) -> str:
    if metric.value is None and metric.reason is not None:
        return escape(metric.reason)
    return escape(_("{value}, n = {n}", value=with_interval(metric), n=metric.n))
