"""Conformal prediction sets: one answer, several, or none, with the truth inside as often as promised."""

from typing import Final

import numpy as np
import streamlit as st

from core.evaluation.conformal import PredictionSets, expected_coverage, halves, prediction_sets
from core.figures.conformal import coverage
from core.language import _, joined
from core.runs.predictions import Predictions
from ui.charts import show_figure
from ui.evaluate.judged import Judged, predictions
from ui.messages import escape
from ui.ward.counted import Counted, counted, validation

_PROMISES: Final = (80, 85, 90, 95, 99)


def show(case: Judged) -> None:
    """Let the visitor choose a promise; show the sets, and whether it was kept."""
    st.caption(
        _(
            "Instead of one answer each image gets a set of answers. It grows until it holds the truth as"
            " often as you ask. Two answers, or none that is probable enough, mean: the network cannot"
            " say, refer. The sets are calibrated on the validation split."
        )
    )
    left, right = st.columns(2, gap="large", vertical_alignment="bottom")
    with left:
        st.session_state.setdefault("in-clinic-promise", 90)
        promise = st.select_slider(
            _("How often shall the set hold the truth?"),
            _PROMISES,
            format_func=lambda one: _("{percent} %", percent=one),
            key="in-clinic-promise",
            persist_state="session",
        )
    with right:
        by_class = st.toggle(
            _("Promise it to each class by itself"), key="in-clinic-by-class", persist_state="session"
        )
    sets = _sets(counted(case, ""), round(1 - promise / 100, 2), by_class=by_class)
    if sets.predictions.n_samples == 0:
        st.info(_("There are too few images to calibrate on some and judge the others."))
        return
    _kinds(sets)
    _notes(case, sets)
    show_figure(coverage(sets), key="in-clinic-coverage", simulated=case.is_simulated)


def _is_validation(case: Judged) -> bool:
    return case == validation(case)


@st.cache_resource(max_entries=64, show_spinner=False)
def _sets(asked: Counted, alpha: float, *, by_class: bool) -> PredictionSets:
    calibration, judged = _parts(asked.case)
    return prediction_sets(calibration, judged, alpha=alpha, by_class=by_class)


def _parts(case: Judged) -> tuple[Predictions, Predictions]:
    if _is_validation(case):
        return halves(predictions(case))
    return predictions(validation(case)), predictions(case)


def _kinds(sets: PredictionSets) -> None:
    """Show how many images have which set."""
    found, n = sets.predictions, sets.predictions.n_samples
    rows = {}
    if len(found.class_names) == 2:
        single = sets.sizes == 1
        for index, name in enumerate(found.class_names):
            rows[_("only '{name}'", name=name)] = int((single & sets.included[:, index]).sum())
        rows[_("both: refer")] = sets.n_several
    else:
        rows = {_("one answer"): sets.n_single, _("several: refer"): sets.n_several}
    rows[_("none: refer")] = sets.n_empty
    with st.container(key="in-clinic-kinds"):
        for column, (title, count) in zip(st.columns(len(rows)), rows.items(), strict=True):
            share = _("{percent:.0f} % of {n}", percent=100 * count / n, n=n)
            column.metric(escape(title), count, delta=share, delta_color="off", delta_arrow="off")


def _notes(case: Judged, sets: PredictionSets) -> None:
    if sets.is_full:
        st.warning(_too_few(sets), icon=":material/warning:")
    words = []
    if _is_validation(case):
        words.append(
            _(
                "The validation split is judged itself here, so it was divided by patient, by lot: one half"
                " calibrates, the other is judged."
            )
        )
    if not sets.is_full:
        words.append(_how_near(sets))
    words.append(
        _(
            "The validation split has also chosen which epoch was kept, so other images tend to get a little"
            " less than is promised."
        )
    )
    if not sets.by_class:
        words.append(_("It is a promise over all images: a rare class may get far less."))
    if case.dataset_id is not None:
        words.append(
            _("For images from elsewhere nothing is promised: they are not exchangeable with these.")
        )
    st.caption(joined(words, " "))


def _too_few(sets: PredictionSets) -> str:
    """Say that a limit is infinite: of all classes, or with a promise to each class of the rare ones."""
    needed, names = round(1 / sets.alpha) - 1, sets.predictions.class_names
    if not sets.by_class or np.isinf(sets.limits).all():
        return _(
            "Too few images to calibrate on: a promise of {percent:.0f} % needs at least {n} of them, and"
            " there are {have}. So every set holds everything, which keeps the promise and says nothing.",
            percent=100 * (1 - sets.alpha),
            n=needed,
            have=int(sets.n_calibration.max()),
        )
    rare = [name for name, limit in zip(names, sets.limits, strict=True) if np.isinf(limit)]
    return _(
        "Too few images to calibrate on of {names}: a promise of {percent:.0f} % needs at least {n} of each."
        " So every set holds these classes, which keeps the promise and says nothing of them.",
        names=joined(f"'{escape(name)}'" for name in rare),
        percent=100 * (1 - sets.alpha),
        n=needed,
    )


def _how_near(sets: PredictionSets) -> str:
    n = int(sets.n_calibration.min())
    low, high = expected_coverage(n, sets.alpha)
    return _(
        "Calibrated on {n} images the promise holds on the average; a single calibration like this one lands"
        " between {low:.0f} and {high:.0f} % (Beta distribution), and wider where patients repeat, for their"
        " images are not exchangeable one by one.",
        n=n,
        low=100 * low,
        high=100 * high,
    )
