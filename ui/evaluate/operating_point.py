"""The operating point: the one threshold that moves all numbers and pictures of the page, or a target."""

from typing import Final, Literal

import streamlit as st

from core.evaluation.decisions import threshold_text
from core.language import N_, _
from ui import verdict
from ui.evaluate import operating_point_many
from ui.evaluate.judged import Judged, Threshold, predictions
from ui.evaluate.operating_point_target import pick_target, say_outcome, say_problem
from ui.operating import TARGET_KEY, chosen, move_slider
from ui.session import full

Aim = Literal["hand", "target"]
_AIMS: Final[dict[Aim, str]] = {"hand": N_("A threshold"), "target": N_("A target")}


def operating_point(case: Judged) -> Threshold:
    """Let the visitor choose from which probability on a class is called; return it, or one a class."""
    positive = predictions(case).positive_class
    if positive is None and full():
        return operating_point_many.thresholds(case)
    if positive is None or not full():
        return verdict.threshold_slider(positive)
    with st.container(border=True, key="operating-point"):
        left, right = st.columns([1, 3], vertical_alignment="bottom", gap="medium")
        with left:
            aim = _pick_aim()
        with right:
            if aim == "hand":
                return verdict.threshold_slider(positive)
            target, at_least = pick_target(TARGET_KEY)
        choice = chosen(case.run, target, at_least, positive)
        say_problem(choice)
        if not isinstance(choice.threshold, float):
            return _left_alone()
        move_slider(choice.threshold)  # Explain and the story go along
        say_outcome(case, positive, target, at_least, choice.threshold)
    return choice.threshold


def _left_alone() -> float:
    stays = verdict.chosen_threshold()
    st.caption(_("The threshold stays where it was, at {value}.", value=threshold_text(stays)))
    return stays


def _pick_aim() -> Aim:
    key = verdict.AIM_KEY
    aim: Aim | None = st.segmented_control(
        _("Operating point by"),
        list(_AIMS),
        format_func=lambda aim: _(_AIMS[aim]),
        default=None if key in st.session_state else "hand",
        key=key,
        required=True,
        persist_state="session",
    )
    return aim or "hand"
