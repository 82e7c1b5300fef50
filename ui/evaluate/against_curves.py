"""Both ROC curves in one square, each with its band."""

from typing import Any

import streamlit as st

from core.evaluation.curves import bands, called_at, roc_curves
from core.figures.comparing import two_rocs
from core.figures.theme import label
from core.language import _
from core.statistics.bands import Band
from ui.evaluate.against_pair import Pair
from ui.evaluate.images_source import key_of
from ui.evaluate.judged import Judged, Threshold


@st.cache_resource(max_entries=32, show_spinner=False)
def _bands(
    whose: tuple[object, ...], whom: tuple[object, ...], class_name: str, _pair: Pair
) -> tuple[Band | None, ...]:
    return tuple(bands(each, class_name).roc for each in _pair.truth_shared)


def both_curves(case: Judged, other: Judged, pair: Pair, threshold: Threshold) -> Any | None:
    """Return the figure, with what both decide at the threshold.

    None where a curve is not defined. Several classes: the chosen one.
    """
    one = pair.truth_shared[0]
    positive = one.positive_class or _chosen_class(one.class_names)
    drawn = [roc_curves(each).get(positive) for each in pair.truth_shared]
    names = case.run_id, other.run_id
    curves = {name: curve for name, curve in zip(names, drawn, strict=True) if curve is not None}
    if len(curves) < len(names):
        return None
    found = {name: each[positive] for name, each in zip(names, pair.areas, strict=True)}
    around = zip(names, _bands(key_of(case), key_of(other), positive, pair), strict=True)
    title = _(
        "Which of the two finds more of '{positive}' at the same false alarms?", positive=label(positive)
    )
    return two_rocs(
        curves,
        found,
        positive=positive,
        title=title,
        bands={name: band for name, band in around if band is not None},
        points={
            name: called_at(each, threshold, positive)
            for name, each in zip(names, pair.truth_shared, strict=True)
        },
    )


def _chosen_class(names: tuple[str, ...]) -> str:
    key = "against-class"
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[0]
    return st.selectbox(_("Class, against the rest"), names, key=key, width=320)
