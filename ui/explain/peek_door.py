"""The way from the Explain page to "Predict, then peek", which shows no map before it was guessed."""

import streamlit as st

from core.language import _
from ui.explain import peek
from ui.explain.case import Case
from ui.session import full

_OPEN = "peek-open"


def is_open() -> bool:
    """Tell whether the visitor is guessing: the page must show neither maps nor the true outline then."""
    if full():
        return st.session_state.get("explain-view") == "peek"
    return bool(st.session_state.get(_OPEN))


def door(case: Case) -> bool:
    """Offer the guess at Basic, and show it once it was taken; return whether it is shown.

    At Full it is a view among others, and there is nothing to offer.
    """
    if full():
        return False
    if not is_open():
        st.button(
            _("Guess first, then peek"),
            key="peek-open-door",
            icon=":material/draw:",
            on_click=_set,
            args=(True,),
        )
        return False
    peek.show(case)
    st.button(_("Leave the guessing"), key="peek-close-door", type="tertiary", on_click=_set, args=(False,))
    return True


def _set(is_wanted: bool) -> None:
    st.session_state[_OPEN] = is_wanted
