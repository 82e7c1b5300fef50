"""The first view: three numbers, the confusion matrix, the scores, and what went wrong."""

import streamlit as st

from core.evaluation.curves import areas, roc_curves
from core.evaluation.mistakes import list_mistakes
from core.evaluation.records import Evaluation
from core.figures.curves_with_bands import roc
from core.figures.distributions import score_histogram
from core.figures.judgement import intervals
from core.language import _
from core.runs.predictions import Predictions
from ui import verdict
from ui.charts import show_figure
from ui.evaluate.judged import Judged, Threshold, evaluation, predictions
from ui.session import full


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    run, found, judged = case.run, predictions(case), evaluation(case, threshold)
    verdict.of_whom(judged, case.split, simulated=run.card.simulated)
    verdict.headlines(judged)
    _charts(found, judged, simulated=run.card.simulated)
    _mistakes(case, found, threshold)
    with st.expander(_("All metrics, worked out with these numbers"), expanded=full()):
        verdict.by_class(judged)
        verdict.in_words(judged)


def _charts(found: Predictions, judged: Evaluation, *, simulated: bool) -> None:
    positive, threshold = found.positive_index, judged.threshold
    left, right = st.columns(2, gap="large") if positive is not None else (st.container(), st.container())
    with left:
        verdict.matrix(judged, key="evaluate-matrix", simulated=simulated)
    with right:
        if positive is not None and threshold is not None:
            score, names = found.y_score[:, positive], found.class_names
            figure = score_histogram(
                found.y_true, score, class_names=names, positive=positive, threshold=threshold
            )
            show_figure(figure, key="evaluate-scores", simulated=simulated, height=400)
    left, right = st.columns(2, gap="large")
    curves = roc_curves(found)
    if curves:
        with left:
            figure = roc(curves, areas(judged), threshold=threshold)
            show_figure(figure, key="evaluate-roc", simulated=simulated)
    with right:
        show_figure(intervals(judged), key="evaluate-intervals", simulated=simulated, height=440)


def _mistakes(case: Judged, found: Predictions, threshold: Threshold) -> None:
    wrong = list_mistakes(found, threshold)
    most = 24 if full() else 6
    st.subheader(_("What it gets wrong: {n} of {total}", n=len(wrong), total=found.n_samples), anchor=False)
    st.caption(_("Those first where it was surest. Is there something to see that explains it?"))
    verdict.mistakes(case.run, wrong[:most], positive=found.positive_class)
    if len(wrong) > most:
        st.caption(_("{shown} of {n} are shown.", shown=most, n=len(wrong)))
