"""The fourth step of bringing images in: the import is at work, or has not come to a good end."""

from pathlib import Path

import streamlit as st

from core.datasets.staging import discard_import, retry_import
from core.jobs.control import request_stop, view
from core.jobs.status import ALIVE
from core.language import _
from ui import bring_state
from ui.bring_progress import progress
from ui.messages import escape, guard


def is_imported(job: Path) -> bool:
    """Tell whether an import has ended well; else show how far it is, or how it ended."""
    seen = view(job)
    if seen.state in ALIVE:
        progress(
            job,
            title=_("The images are being brought in"),
            hint=_("You can leave this page, and even close it: the import goes on."),
            stop=lambda: request_stop(job),
        )
    elif seen.state == "interrupted":
        _interrupted(job)
    elif seen.state != "completed":
        _ended(job)
    return seen.state == "completed"


def start_anew(job: Path) -> None:
    """Throw away what is left of an import, and go back to the first step."""
    with guard():
        discard_import(job)
        bring_state.forget()
        st.rerun()


def _interrupted(job: Path) -> None:
    st.warning(
        _("The import was interrupted; nothing of it is in the list. The files are still here for a day."),
        icon=":material/power_off:",
    )
    with st.container(horizontal=True):
        if st.button(_("Try again"), key="bring-retry", type="primary", icon=":material/refresh:"):
            with guard():
                retry_import(job)
                st.rerun()
        if st.button(_("Throw the files away"), key="bring-discard"):
            start_anew(job)


def _ended(job: Path) -> None:
    error = view(job).status.error
    if error is not None:
        st.error(escape(error), icon=":material/warning:")
        st.caption(_("Nothing was kept. Names in this sentence are left out, for they might be a patient's."))
    else:
        st.info(_("It was stopped; nothing was kept."))
    if st.button(_("Start over"), key="bring-start-over", type="primary"):
        start_anew(job)
