"""Predict, then peek: mark where the evidence should be, paint places out, and only then see the maps.

Whoever sees a map first sees what it shows. A guess that was made before can be held against it.
"""

from html import escape as escape_html
from typing import Final

import streamlit as st

from core.explanation.film import film
from core.figures.answers import shown_probability
from core.language import _
from ui.drawing.strokes import draw_marks
from ui.explain import peek_state as state
from ui.explain.case import Case
from ui.explain.peek_paint import LONGEST_SIDE, show_paint
from ui.explain.peek_result import show_result
from ui.messages import escape, guard, simulated_badge
from ui.session import full, use_language
from ui.shell import ASSETS

_MOST_BOXES: Final = 3


def show(case: Case) -> None:
    """Show the step at which the visitor is."""
    state.begin(case)
    st.fragment(_steps)(case)  # a stroke asks the network again, and draws nothing else of the page


def _steps(case: Case) -> None:
    use_language()
    with guard():
        _show_step(case)


def _show_step(case: Case) -> None:
    st.html(ASSETS / "peek.css")
    st.subheader(_("Guess first, then peek"), anchor=False)
    _stepper(state.step())
    if case.network.card.simulated and not case.subject.is_upload:
        simulated_badge()
    if state.step() == 1:
        _guess(case)
    elif state.step() == 2:
        _paint(case)
    else:
        _result(case)


def _stepper(now: state.Step) -> None:
    titles = (_("Mark the evidence"), _("Paint it out"), _("See the maps"))
    items = ""
    for number, title in enumerate(titles, start=1):
        kind = " aria-current='step'" if number == now else " class='lb-done'" if number < now else ""
        items += f"<li{kind}><b>{'✓' if number < now else number}</b>{escape_html(title)}</li>"
    st.html(f"<ol class='lb-steps'>{items}</ol>")


def _guess(case: Case) -> None:
    st.markdown(
        _(
            "The network gives '{name}' a probability of {value}. Where on the image should that come from?"
            " Mark it before you see any map.",
            name=escape(case.class_name),
            value=f"**{escape(shown_probability(case.probabilities[case.class_name]))}**",
        )
    )
    left, right = st.columns([3, 2], gap="large")
    with right:
        st.caption(_("Up to {n} boxes, and as many strokes as you like.", n=_MOST_BOXES))
        has_guess = bool(state.marks("guess"))
        with st.container(horizontal=True):
            st.button(
                _("Next: paint it out"),
                key="peek-next",
                type="primary",
                disabled=not has_guess,
                on_click=state.go_to_step,
                args=(2,),
            )
            if not has_guess:
                st.button(_("I would mark nothing"), key="peek-skip", on_click=state.go_to_step, args=(2,))
    with left:
        draw_marks(
            film(case.subject.image, longest_side=LONGEST_SIDE),
            key=state.drawing_key("guess"),
            alt=_("The image that the network is asked about"),
            most=_MOST_BOXES,
        )


def _paint(case: Case) -> None:
    right = show_paint(case)
    with right, st.container(horizontal=True):
        words = _("Back to the maps") if state.has_seen() else _("Show me the maps")
        st.button(words, key="peek-show", type="primary", on_click=state.go_to_step, args=(3,))
        if full() and not state.has_seen():
            st.button(_("Change my guess"), key="peek-back", on_click=state.go_to_step, args=(1,))


def _result(case: Case) -> None:
    show_result(case)
    with st.container(horizontal=True):
        st.button(_("Guess again"), key="peek-again", type="primary", on_click=state.again)
        st.button(_("Paint more"), key="peek-more", on_click=state.go_to_step, args=(2,))
