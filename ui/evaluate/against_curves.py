"""Both ROC curves in one square, each with its band."""

from typing import Any

import numpy as np
import streamlit as st

from core.evaluation.curves import areas, roc_curves
from core.evaluation.patients import number_patients
from core.figures.comparing import two_rocs
from core.figures.theme import label
from core.language import _
from core.statistics.bands import Band, roc_band
from ui import answers, cache
from ui.evaluate.judged import Judged, Threshold, evaluation, predictions

_LEVEL = 0.95


@st.cache_resource(max_entries=32, show_spinner=False)
def _band(case: Judged, changed: int, revision: str, class_name: str) -> Band | None:
    found = predictions(case)
    index = found.class_names.index(class_name)
    return roc_band(
        found.y_true == index,
        np.asarray(found.y_score[:, index]),
        number_patients(found),
        level=_LEVEL,
        seed=0,
    )


def both_curves(case: Judged, other: Judged, threshold: Threshold) -> Any | None:
    """Return the figure; None where a curve is not defined for both. Several classes: the chosen one."""
    names = predictions(case).class_names
    positive = predictions(case).positive_class or _chosen_class(names)
    curves, found, bands = {}, {}, {}
    for one in (case, other):
        drawn = roc_curves(predictions(one))
        if positive not in drawn:
            return None
        curves[one.run_id] = drawn[positive]
        found[one.run_id] = areas(evaluation(one, threshold))[positive]
        revision = cache.dataset(one.shown_dataset).info.revision
        if band := _band(one, answers.changed_ns(one.run), revision, positive):
            bands[one.run_id] = band
    title = _(
        "Which of the two finds more of '{positive}' at the same false alarms?", positive=label(positive)
    )
    return two_rocs(curves, found, positive=positive, title=title, bands=bands)


def _chosen_class(names: tuple[str, ...]) -> str:
    key = "against-class"
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[0]
    return st.selectbox(_("Class, against the rest"), names, key=key, width=320)
