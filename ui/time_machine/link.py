"""The way to the time machine from a run."""

import streamlit as st

from core.language import _
from core.runs.store import Run
from ui.navigation import go_to
from ui.session import Key


def see_it_learn(run: Run, *, key: str) -> None:
    """Offer to watch a run learn, now or afterwards, where it is filmed."""
    if not run.config.replay:
        return
    hint = _("Its cases, where it looks and what it sees alike, epoch by epoch.")
    if st.button(_("See it learn"), key=key, icon=":material/history:", help=hint):
        st.session_state[Key.RUN] = run.run_id
        go_to("time_machine")
