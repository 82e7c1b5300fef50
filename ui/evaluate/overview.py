"""The first view: three numbers, the confusion matrix, the ROC curve, and what went wrong."""

from typing import Final

import streamlit as st

from core.evaluation.cells import places_of
from core.evaluation.curves import areas, called
from core.evaluation.decisions import decide
from core.evaluation.records import Evaluation
from core.figures.curves_with_bands import roc
from core.figures.score_histograms import scores_by_class
from core.language import _
from core.runs.predictions import Predictions
from ui import verdict
from ui.charts import show_figure
from ui.evaluate import images_state as state
from ui.evaluate.case_panel import case_panel
from ui.evaluate.cells import cells
from ui.evaluate.curves_found import bands_of, curves_of
from ui.evaluate.images import listed
from ui.evaluate.judged import Judged, Threshold, evaluation, predictions
from ui.session import full

_A_PAGE: Final = {True: 24, False: 6}
_MOST_BESIDE: Final = 6  # classes in a matrix beside the curve
_MOST_CURVES: Final = 7  # more of them are told apart by nobody: the worst one is then bold


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    found, judged = predictions(case), evaluation(case, threshold)
    verdict.of_whom(judged, case.split, simulated=case.is_simulated)
    verdict.headlines(judged)
    is_wide = len(found.class_names) > _MOST_BESIDE
    left, right = (st.container(), st.container()) if is_wide else st.columns(2, gap="large")
    with left:
        cells(case, threshold, key="evaluate-cells")
        _scores(found, threshold)
    with right:
        _roc(case, judged)
    _images(case, found, threshold)
    if full():
        return  # its numbers have a view of their own
    with st.expander(_("All metrics, worked out with these numbers")):
        verdict.by_class(judged)
        verdict.in_words(judged)


def _scores(found: Predictions, threshold: Threshold) -> None:
    """Draw the scores of two classes; of several there are as many as classes, which the curves show."""
    positive = found.positive_index
    if positive is None:
        return
    score, is_called = found.y_score[:, positive], decide(found, threshold) == positive
    figure = scores_by_class(
        found.y_true,
        score,
        is_called,
        class_names=found.class_names,
        chosen=positive,
        threshold=threshold if isinstance(threshold, float) else None,
    )
    show_figure(figure, key="evaluate-scores")


def _roc(case: Judged, judged: Evaluation) -> None:
    curves, found = curves_of(case).roc, areas(judged)
    if not curves:
        st.info(_("A ROC curve takes images of a class and images of another one. Here is only one class."))
        return
    chosen = next(iter(curves)) if len(curves) == 1 else None
    if len(curves) > _MOST_CURVES:
        chosen = min(curves, key=lambda name: found[name].value or 0.0)
    band = None if chosen is None else bands_of(case, chosen).roc
    figure = roc(curves, found, threshold=judged.threshold, chosen=chosen, band=band, points=called(judged))
    show_figure(figure, key="evaluate-roc")
    if len(curves) > _MOST_CURVES:
        st.caption(_("Bold is the class that is told worst from the rest."))


def _images(case: Judged, found: Predictions, threshold: Threshold) -> None:
    """List what went wrong, or what was chosen, as the cell that was pressed; each opens close up."""
    if state.kind() == "errors":
        n = len(places_of(found, threshold, kind="errors"))
        st.subheader(_("What it gets wrong: {n} of {total}", n=n, total=found.n_samples), anchor=False)
    else:
        st.subheader(_("The images that were chosen"), anchor=False)
        back, words = state.open_cell, _("Show all mistakes")
        st.button(words, key="evaluate-mistakes", on_click=back, args=(None,), icon=":material/arrow_back:")
    case_panel(case, threshold)
    listed(case, threshold, a_page=_A_PAGE[full()], key="evaluate-images")
