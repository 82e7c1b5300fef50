"""Do the probabilities hold? The reliability diagram, and one temperature that may mend it."""

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.calibration_effect import Effect
from core.evaluation.calibration_sentences import (
    bound_words,
    change_words,
    effect_words,
    temperature_words,
    title_words,
)
from core.figures.reliability import BINNINGS, reliability_diagram
from core.figures.theme import label
from core.language import _
from core.runs.predictions import Predictions
from core.statistics.calibration_error import of_event
from core.statistics.reliability import Binning
from ui.charts import show_figure
from ui.evaluate.curves_found import (
    Calibration,
    State,
    calibration_of,
    reliability_after,
    reliability_before,
    state_of,
)
from ui.evaluate.judged import Judged, predictions
from ui.messages import escape
from ui.session import language


def show(case: Judged, class_name: str) -> None:
    """Draw the diagram of a class, before and after, and say what the temperature does."""
    left, right = st.columns(2, gap="large")
    with left:
        _diagram(case, class_name)
    with right:
        st.subheader(_("Do the probabilities hold?"), anchor=False)
        _say(calibration_of(case), predictions(case))


def _diagram(case: Judged, class_name: str) -> None:
    figure = _drawn(case, state_of(case), class_name, _pick_binning(), language())
    show_figure(figure, key="curves-reliability")


@st.cache_resource(max_entries=32, show_spinner=False)
def _drawn(case: Judged, state: State, class_name: str, binning: Binning, code: str) -> go.Figure:
    """Draw it once for each language `code`: no threshold moves it."""
    errors = _errors(predictions(case), calibration_of(case), class_name)
    title, alt = (title_words(name, *errors) for name in (label(class_name), class_name))
    before = reliability_before(case, class_name, binning)
    after = reliability_after(case, class_name, binning)
    return reliability_diagram(before, after, class_name=class_name, title=title, alt=alt)


def _errors(found: Predictions, calibration: Calibration | None, class_name: str) -> tuple[float, ...]:
    index = found.class_names.index(class_name)
    each = [found] if calibration is None or calibration.after is None else [found, calibration.after]
    return tuple(of_event(one.y_true, one.y_score, index) for one in each)


def _pick_binning() -> Binning:
    key = "evaluate-binning"
    chosen: Binning | None = st.segmented_control(
        _("Bins"),
        list(BINNINGS),
        format_func=lambda name: _(BINNINGS[name]),
        default=None if key in st.session_state else "equal width",
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or "equal width"


def _say(calibration: Calibration | None, found: Predictions) -> None:
    st.caption(
        _(
            "Of the images with a probability of about 0.7, seven in ten should be so: then the points lie on"
            " the dotted line. A network that is too sure of itself lies flatter. One number, the"
            " temperature, divides what the network says before it becomes probabilities."
        )
    )
    if calibration is None:
        st.caption(_("There is no validation image, and so no temperature can be fitted."))
        return
    bound = bound_words(calibration.temperature)
    if bound is not None:
        st.warning(escape(bound), icon=":material/warning:")
    st.markdown(escape(temperature_words(calibration.temperature)))
    if calibration.effect is None:
        st.caption(_("One patient alone: what it does to others can't be told here."))
    else:
        st.markdown(escape(effect_words(calibration.effect)))
        _table(calibration.effect, of_answer=found.positive_class is None)
    st.caption(_where(calibration))
    if found.positive_class is not None:
        st.caption(_("A temperature changes neither the order of the images nor the AUROC."))
    else:
        st.caption(_("A temperature never changes which class is the most probable one."))


def _where(calibration: Calibration) -> str:
    if calibration.is_crossed and calibration.effect is not None:
        return _(
            "These images are the validation split itself. So each patient's probabilities were calibrated by"
            " the temperature that the other patients ask for, in five parts."
        )
    return _("The images that are judged here had no part in fitting it.")


def _table(effect: Effect, *, of_answer: bool) -> None:
    error = _("Calibration error of the class called") if of_answer else _("Calibration error")
    rows, was, is_now = [], _("as the network says it"), _("with the temperature")
    for name, change in ((_("Log loss"), effect.log_loss), (error, effect.error)):
        before, after, difference = (escape(words) for words in change_words(change))
        rows.append({"": name, was: before, is_now: after, _("Difference"): difference})
    st.table(rows, hide_index=True, alt=_("Log loss and calibration error before and after the temperature"))
    st.caption(_("In brackets 95 % intervals; the difference is that of the same patients, drawn again."))
