"""Neighbours and opposites: what the image is like for the network, what flips it, and who differs."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.language import _
from ui.explain.case import Case
from ui.explain.differ import show_differing
from ui.explain.flip import show_flip
from ui.explain.near import show_near

_KEY: Final = "explain-alike"


def show(case: Case) -> None:
    """Show one of the three questions."""
    shown: dict[str, tuple[str, Callable[[Case], None]]] = {
        "near": (_("What is it like?"), show_near),
        "flip": (_("What would flip the answer?"), show_flip),
        "differ": (_("Does another network look elsewhere?"), show_differing),
    }
    chosen = st.segmented_control(
        _("Question"),
        list(shown),
        format_func=lambda name: shown[name][0],
        default=None if _KEY in st.session_state else "near",
        key=_KEY,
        required=True,
        persist_state="session",
    )
    shown[chosen or "near"][1](case)
