"""A background job on a page: its progress, a way to stop it, and its end in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from core.jobs.control import request_stop, view
from core.jobs.status import ALIVE
from core.language import _
from core.workspace import jobs_dir
from ui.messages import escape, guard
from ui.session import use_language

_REFRESH_SECONDS: Final = 1.0


def follow_job(slot: str, folder: Path) -> None:
    """Remember a job of this home under a name that a page chooses; a newer one takes its place."""
    st.session_state[_key(slot)] = folder.name


def job_panel(slot: str, *, done: Callable[[], None]) -> None:
    """Show the job under `slot` until it has ended; call `done` once when it has ended well."""
    name = st.session_state.get(_key(slot))
    folder = jobs_dir() / name if name else None
    if folder is None or not (folder / "status.json").exists():
        return
    state = view(folder).state
    if state in ALIVE:
        st.fragment(_alive, run_every=_REFRESH_SECONDS)(folder)
        return
    del st.session_state[_key(slot)]
    if state == "completed":
        done()
        return
    error = view(folder).status.error
    if error is not None:
        st.error(escape(error), icon=":material/warning:")
    else:
        st.info(_("It was stopped; nothing was kept."))


def _alive(folder: Path) -> None:
    use_language()
    job = view(folder)
    if job.state not in ALIVE:
        st.rerun()
    with st.container(border=True):
        st.progress(job.status.progress, text=str(job.status.message or _("Waiting")))
        if st.button(_("Stop"), key=f"stop-{folder.name}"):
            with guard():
                request_stop(folder)


def _key(slot: str) -> str:
    return f"job-{slot}"
