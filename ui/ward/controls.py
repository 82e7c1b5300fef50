"""The three sliders of the ward: how many have it, from when on one calls, what a miss is worth."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.evaluation.one_class import first_to_look_for
from core.language import _
from core.runs.predictions import Predictions
from ui import verdict
from ui.messages import escape

_AS_IN_DATA: Final = -1.0
_PREVALENCES: Final = (
    *(0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0),
    *(50.0, 60.0, 70.0, 80.0, 90.0, 100.0),
)
_WEIGHTS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_USUAL_WEIGHT: Final = 10.0
_CLASS_THRESHOLD: Final = "ward-threshold"  # of one of several classes; with two it is that of Evaluate


@dataclass(frozen=True)
class Clinic:
    """What the visitor says of a clinic: `prevalence` in [0, 1], `miss` in false alarms.

    The threshold is kept in the session under `threshold_key`.
    """

    prevalence: float
    is_as_in_data: bool
    threshold: float
    miss: float
    threshold_key: str


def pick_class(found: Predictions) -> str:
    """Return the positive class of two, or let the visitor choose which of several is looked for."""
    if found.positive_class is not None:
        return found.positive_class
    names = list(found.class_names)
    chosen = st.selectbox(
        _("Looked for, against all others"),
        range(len(names)),
        index=first_to_look_for(names),
        format_func=lambda index: names[index],
        key="ward-class",
        persist_state="session",
    )
    return names[chosen if chosen < len(names) else 0]


def pick_clinic(class_name: str, of_data: float, *, several: bool) -> Clinic:
    """Show the three sliders; `of_data` is the prevalence in the split that is judged."""
    first, second, third = st.columns(3, gap="medium", vertical_alignment="bottom")
    with first:
        percent = pick_prevalence(class_name, of_data)
    with second:
        threshold = _pick_threshold(class_name, several=several)
    with third:
        miss = pick_weight()
    if several:
        st.caption(
            _(
                "Here it is '{name}' against all others: an image is called from this threshold on, whatever"
                " the other classes say. Evaluate calls one class for each image, so its sensitivity may"
                " differ.",
                name=escape(class_name),
            )
        )
    as_in_data = percent == _AS_IN_DATA
    key = _CLASS_THRESHOLD if several else verdict.THRESHOLD_KEY
    return Clinic(of_data if as_in_data else percent / 100, as_in_data, threshold, miss, key)


def pick_prevalence(class_name: str, of_data: float, *, key: str = "ward-prevalence") -> float:
    """Let the visitor choose a prevalence in per cent, -1 for that of the data, where it begins.

    `key` is the widget's.
    """
    # A browser remembers places, not values: that of the data keeps the first one, whatever it is.
    options = [_AS_IN_DATA, *_PREVALENCES]
    st.session_state.setdefault(key, _AS_IN_DATA)
    return float(
        st.select_slider(
            _("How many of your patients have '{name}'?", name=escape(class_name)),
            options,
            format_func=lambda one: _percent(one, of_data),
            key=key,
            persist_state="session",
            help=_("The prevalence. It begins at that of the images that were judged."),
        )
    )


def pick_weight() -> float:
    """Let the visitor choose how many false alarms a miss is worth."""
    key = "ward-miss"
    st.session_state.setdefault(key, _USUAL_WEIGHT)
    return float(
        st.select_slider(
            _("One miss = how many false alarms?"),
            _WEIGHTS,
            format_func=lambda one: f"{one:g}",
            key=key,
            persist_state="session",
            help=_("Nobody can say this for you: it depends on the disease and on what follows an alarm."),
        )
    )


def _pick_threshold(class_name: str, *, several: bool) -> float:
    if not several:
        return verdict.threshold_slider(class_name)
    st.session_state.setdefault(_CLASS_THRESHOLD, verdict.DEFAULT_THRESHOLD)
    label = _("Threshold: called '{name}' from this probability on", name=escape(class_name))
    return float(st.slider(label, 0.0, 1.0, step=0.01, key=_CLASS_THRESHOLD, persist_state="session"))


def _percent(one: float, of_data: float) -> str:
    if one == _AS_IN_DATA:
        return _("{percent:.1f} %, as in these data", percent=100 * of_data)
    return _("{percent:g} %", percent=one)
