"""What a call means at this prevalence: of 100 people who are called so, how many calls are right."""

from typing import Final

import streamlit as st

from core.errors import UserError
from core.evaluation.decisions import Threshold
from core.evaluation.sentences import worth
from core.evaluation.ward import Sides, ppv
from core.explanation.meaning import sides_at
from core.language import Message, _
from core.runs.store import Run
from ui import answers
from ui.explain.called import called_class
from ui.explain.case import Case
from ui.explain.ink import MARKDOWN, TEXT, Ink
from ui.messages import escape
from ui.operating import threshold_of
from ui.session import full
from ui.ward.controls import pick_prevalence

_KEY: Final = "explain-prevalence"
_AS_IN_DATA: Final = -1.0  # what `pick_prevalence` gives for the prevalence of the data


@st.cache_resource(max_entries=64, show_spinner=False)
def _sides(run_id: str, changed: int, threshold: Threshold, class_name: str, _run: Run) -> Sides:
    return sides_at(answers.predictions(_run, "val"), threshold, class_name)


def show_worth(case: Case, run: Run) -> None:
    """Say what such a call is worth; at Full the visitor sets the prevalence."""
    sides = _sides_of(case, run)
    if isinstance(sides, Message):
        st.caption(escape(sides))
        return
    if full():
        about, of_data = _about(case, sides)
        pick_prevalence(about, of_data, key=_KEY)
    said, of_whom = _said(case, sides, MARKDOWN)
    st.markdown(said)
    if of_whom:
        st.caption(of_whom)


def worth_of_call(case: Case) -> tuple[str, ...]:
    """Return the same as sentences, at the prevalence that is set; none for a model that was brought."""
    if case.network.run is None:
        return ()
    sides = _sides_of(case, case.network.run)
    if isinstance(sides, Message):
        return (str(sides),)
    return tuple(sentence for sentence in _said(case, sides, TEXT) if sentence)


def _sides_of(case: Case, run: Run) -> Sides | Message:
    """Count how often such a call was right on validation; why not, where the data set is gone."""
    try:
        return _sides(run.run_id, answers.changed_ns(run), threshold_of(run), called_class(case), run)
    except UserError as error:
        return error.message


def _about(case: Case, sides: Sides) -> tuple[str, float]:
    """Return the class whose prevalence matters, and its prevalence in the data."""
    name = called_class(case)
    about = case.network.card.positive_class or name
    return about, sides.prevalence if about == name else 1 - sides.prevalence


def _said(case: Case, sides: Sides, ink: Ink) -> tuple[str, str]:
    """Return what the call is worth, and on whom that was counted ("" where it cannot be told)."""
    name = called_class(case)
    about, of_data = _about(case, sides)
    percent = st.session_state.get(_KEY, _AS_IN_DATA) if full() else _AS_IN_DATA
    prevalence = of_data if percent == _AS_IN_DATA else percent / 100
    found = ppv(sides, prevalence if about == name else 1 - prevalence)
    if found.value is None or found.low is None or found.high is None:
        return ink.plain(_("What such a call is worth cannot be told.") + f" {found.reason or ''}"), ""
    said = _(
        "Of 100 people whose image is called '{name}', the call is right for about {value} ({low} to {high}),"
        " where {percent} % have '{about}'.",
        name=ink.plain(name),
        value=ink.strong(round(100 * found.value)),
        low=round(100 * found.low),
        high=round(100 * found.high),
        percent=ink.plain(f"{100 * prevalence:.1f}"),
        about=ink.plain(about),
    )
    return said, _of_whom(sides, of_data, prevalence)


def worth_on_val(run: Run) -> Message | None:
    """Say what the network is worth on its validation split; None where those images are not here."""
    try:
        return worth(answers.evaluation(run, "val"))
    except UserError:
        return None


def _of_whom(sides: Sides, of_data: float, prevalence: float) -> str:
    n = sides.sick.n + sides.healthy.n
    if prevalence == of_data:
        return _(
            "Counted on {n} validation images, at their own prevalence; in brackets the 95 % interval."
            " Elsewhere fewer or more people have it, and the same call is worth less or more.",
            n=n,
        )
    return _(
        "Counted on {n} validation images and carried over by Bayes' rule; in brackets the 95 % interval.",
        n=n,
    )
