"""The learning-rate finder: its button, its curve, and a rate to take over into the form."""

from collections.abc import Callable

import streamlit as st

from core.language import _
from core.training.config import TrainingConfig


def rate_finder(
    config: TrainingConfig, *, key: str, on_use: Callable[[float], None] | None = None
) -> float | None:
    """Offer to look for a learning rate and show what was found; return the rate that the visitor accepts.

    Parameters
    ----------
    config
        What would be trained; its learning rate is drawn beside what was found.
    key
        Of the widgets: `<key>-start`, `<key>-use`.
    on_use
        Called with the rate when the visitor accepts it, before the page runs again: only then may it write
        what a widget of this page shows.

    Returns
    -------
    The rate that was accepted in this run of the page, else None.
    """
    st.caption(_("Looks for a learning rate."))
    return None
