"""The view of the curves: ROC and precision-recall with bands, the scores by class, and the calibration."""

import streamlit as st

from core.evaluation.curves import areas, called, curve_classes, is_off
from core.evaluation.decisions import decide
from core.evaluation.records import Evaluation
from core.figures.curves_with_bands import precision_recall, roc
from core.figures.score_histograms import scores_by_class
from core.language import _
from core.runs.predictions import Predictions
from ui import verdict
from ui.charts import show_figure
from ui.evaluate import curves_calibration
from ui.evaluate.curves_found import bands_of, curves_of
from ui.evaluate.judged import Judged, Threshold, evaluation, predictions
from ui.messages import escape


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view."""
    found, judged = predictions(case), evaluation(case, threshold)
    verdict.of_whom(judged, case.split, simulated=case.is_simulated)
    names = curve_classes(found)
    class_name = names[0] if len(names) == 1 else _pick_class(case.run_id, names)
    _curves(case, judged, class_name)
    curves_calibration.show(case, class_name)
    _scores(found, threshold, class_name)


def _pick_class(run_id: str, names: tuple[str, ...]) -> str:
    return st.selectbox(
        _("Which class against the rest"), names, key=f"evaluate-class-{run_id}", persist_state="session"
    )


def _curves(case: Judged, judged: Evaluation, class_name: str) -> None:
    curves = curves_of(case)
    if class_name not in curves.roc:
        text = _(
            "'{name}' has no curve here: it takes images of it and images of something else.", name=class_name
        )
        st.info(escape(text))
        return
    around, points = bands_of(case, class_name), called(judged)
    left, right = st.columns(2, gap="large")
    with left:
        figure = roc(
            curves.roc,
            areas(judged),
            threshold=judged.threshold,
            chosen=class_name,
            band=around.roc,
            points=points,
        )
        show_figure(figure, key="curves-roc")
        if is_off(curves.roc[class_name], points[class_name]):
            st.caption(
                _(
                    "The diamond lies off the curve: the curve asks for the probability of this class alone,"
                    " but the class is called against those of the others."
                )
            )
    with right:
        figure = precision_recall(
            curves.precision_recall,
            areas(judged, "average_precision"),
            threshold=judged.threshold,
            chosen=class_name,
            band=around.precision_recall,
            points=points,
        )
        show_figure(figure, key="curves-precision-recall")
    _about_the_bands()


def _about_the_bands() -> None:
    with st.expander(_("What the bands say")):
        st.markdown(
            _(
                "Whole patients were drawn again 400 times. At each single place the band is meant to hold"
                " the true curve in 95 of 100 such studies; the curve as a whole leaves it somewhere in more"
                " than 5 of 100. It says nothing of patients of another hospital, or of the same network"
                " trained again. Left of the first false alarm, and beyond the last hit but one, the images"
                " tell nothing, so the band goes down there."
            )
        )
        st.markdown(
            _(
                "Precision moves with the prevalence: the right curve would be another one where the class is"
                " rarer. The ROC curve would not."
            )
        )


def _scores(found: Predictions, threshold: Threshold, class_name: str) -> None:
    index = found.class_names.index(class_name)
    figure = scores_by_class(
        found.y_true,
        found.y_score[:, index],
        decide(found, threshold) == index,
        class_names=found.class_names,
        chosen=index,
        threshold=threshold if found.positive_class is not None and isinstance(threshold, float) else None,
    )
    show_figure(figure, key="curves-scores")
