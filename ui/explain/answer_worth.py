"""What a call means at this prevalence: of 100 people who are called so, how many calls are right."""

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
from ui.messages import escape
from ui.operating import threshold_of
from ui.session import full
from ui.ward.controls import pick_prevalence

_KEY = "explain-prevalence"


@st.cache_resource(max_entries=64, show_spinner=False)
def _sides(run_id: str, changed: int, threshold: Threshold, class_name: str, _run: Run) -> Sides:
    return sides_at(answers.predictions(_run, "val"), threshold, class_name)


def show_worth(case: Case, run: Run) -> None:
    """Say what such a call is worth; at Full the visitor sets the prevalence."""
    name, looked_for = called_class(case), case.network.card.positive_class
    try:
        sides = _sides(run.run_id, answers.changed_ns(run), threshold_of(run), name, run)
    except UserError as error:  # the data set is gone
        st.caption(escape(error))
        return
    about = looked_for or name
    of_data = sides.prevalence if about == name else 1 - sides.prevalence
    prevalence = _prevalence(about, of_data) if full() else of_data
    found = ppv(sides, prevalence if about == name else 1 - prevalence)
    if found.value is None or found.low is None or found.high is None:
        st.markdown(escape(_("What such a call is worth cannot be told.") + f" {found.reason or ''}"))
        return
    st.markdown(
        _(
            "Of 100 people whose image is called '{name}', the call is right for about **{value}** ({low} to"
            " {high}), where {percent} % have '{about}'.",
            name=escape(name),
            value=round(100 * found.value),
            low=round(100 * found.low),
            high=round(100 * found.high),
            percent=escape(f"{100 * prevalence:.1f}"),
            about=escape(about),
        )
    )
    st.caption(_of_whom(sides, of_data, prevalence))


def worth_on_val(run: Run) -> Message | None:
    """Say what the network is worth on its validation split; None where those images are not here."""
    try:
        return worth(answers.evaluation(run, "val"))
    except UserError:
        return None


def _prevalence(about: str, of_data: float) -> float:
    percent = pick_prevalence(about, of_data, key=_KEY)
    return of_data if percent < 0 else percent / 100


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
