"""The second step of bringing images in: they are being looked at."""

from pathlib import Path

import streamlit as st

from core.datasets.options import ImportOptions
from core.datasets.staging import asked_options, discard, inspection_state, start_inspection, take_inspection
from core.jobs.control import view, wait
from core.jobs.status import ALIVE
from core.language import N_, Message, _
from ui import bring_state
from ui.bring_progress import progress
from ui.messages import guard

_PATIENCE_SECONDS = 8.0  # a second look takes one or two: so long the page stays as it is


def is_looked_at(staging: Path) -> bool:
    """Tell whether a plan is there to be shown; else show how far the looking is, or how it ended."""
    state = inspection_state(staging)
    if state in ALIVE:
        progress(
            staging,
            title=_("The images are being looked at"),
            hint=_("You can leave this page and come back: the address remembers the place."),
            stop=lambda: start_over(staging),
        )
        return False
    if take_inspection(staging) is not None:
        return True
    if state == "interrupted":
        _interrupted(staging)
        return False
    error = view(staging).status.error if state else None
    bring_state.say(error or Message(text=N_("It was stopped; nothing was kept.")))
    start_over(staging)
    st.rerun()


def look_again(staging: Path, options: ImportOptions) -> None:
    """Look at the same files with other options, and show what comes of it."""
    with guard(), st.spinner(_("Looking again, with what you chose.")):
        # What is kept is asked for at the import alone: a column may not be there to be kept any more.
        start_inspection(staging, options.model_copy(update={"keep_columns": ()}))
        wait(staging, seconds=_PATIENCE_SECONDS)
        st.rerun()


def start_over(staging: Path) -> None:
    """Throw away what is staged."""
    discard(staging)
    bring_state.forget()


def _interrupted(staging: Path) -> None:
    st.warning(_("Looking at the images was interrupted. They are still here."), icon=":material/warning:")
    with st.container(horizontal=True):
        if st.button(_("Look again"), key="bring-look-again", type="primary"):
            with guard():
                start_inspection(staging, asked_options(staging))
                st.rerun()
        if st.button(_("Start over"), key="bring-start-over"):
            start_over(staging)
            st.rerun()
