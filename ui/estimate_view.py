"""How long a training will take, and how much memory: a button, and one line."""

import streamlit as st

from core.language import _
from core.training.config import TrainingConfig


def estimate_line(config: TrainingConfig, *, key: str) -> None:
    """Show a button that measures a few steps, and then what the whole run will take, in one line.

    Parameters
    ----------
    config
        What would be trained; one that differs in the number of epochs alone needs no new measurement.
    key
        Of the widgets: `<key>-start`, `<key>-stop`.
    """
    st.caption(_("Measures a few steps."))
