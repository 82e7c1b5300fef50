"""What goes on while images are brought in: how far it is, how long it will take, and a way to stop."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from core.jobs.control import view
from core.jobs.status import ALIVE, JobStatus
from core.language import _, joined
from ui.messages import escape, guard
from ui.session import use_language

_REFRESH_SECONDS: Final = 1.0


def progress(folder: Path, *, title: str, hint: str, stop: Callable[[], None]) -> None:
    """Show a job until it has ended; then the page is run once more.

    Parameters
    ----------
    folder
        The job's folder.
    title, hint
        What is going on, and what the visitor should know of it.
    stop
        Called when the visitor wants it to end; the page is run once more afterwards.
    """
    st.fragment(_follow, run_every=_REFRESH_SECONDS)(folder, title, hint, stop)


def _follow(folder: Path, title: str, hint: str, stop: Callable[[], None]) -> None:
    use_language()
    try:
        job = view(folder)
    except FileNotFoundError:  # thrown away in another tab
        job = None
    if job is None or job.state not in ALIVE:
        st.rerun()
    with st.container(border=True, key="bring-progress"):
        st.markdown(f"##### {title}", anchors=False)
        st.progress(job.status.progress, text=_words(job.status))
        st.caption(hint)
        if st.button(_("Stop"), key="bring-stop", icon=":material/stop:"):
            with guard():
                stop()
                st.rerun()


def _words(status: JobStatus) -> str:
    words = [escape(status.message or _("Waiting"))]
    if status.seconds_left is not None:
        words.append(_time_left(status.seconds_left))
    return joined(words, " ")


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return _("About {n} s left.", n=max(1, round(seconds)))
    return _("About {n} min left.", n=round(seconds / 60))
