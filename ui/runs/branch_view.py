"""Branch a run: choose a kept epoch and what changes from there on, and launch."""

import streamlit as st

from core.language import _
from core.runs.kept import kept_epochs
from core.runs.store import Run


def branch_section(run: Run) -> None:
    """Offer to go on from a kept epoch of a run with something changed."""
    epochs = kept_epochs(run)
    if not epochs:
        st.caption(_("No epoch was kept: there is nothing to branch from."))
