"""An experiment on a page: its button, its progress with a way to stop, and its answer when it is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, TypeVar

import streamlit as st

from core.experiments.asking import answer_of, ask, job_of
from core.experiments.records import Request, Result
from core.jobs.control import request_stop, view
from core.jobs.status import ALIVE
from core.language import _
from ui.messages import escape, guard
from ui.session import use_language

_REFRESH_SECONDS: Final = 1.0
_Answer = TypeVar("_Answer", bound=Result)


def experiment(
    name: str,
    request: Request,
    kind: type[_Answer],
    *,
    key: str,
    label: str,
    hint: str = "",
    highlighted: bool = False,
    meanwhile: Callable[[Path], None] = lambda folder: None,
) -> _Answer | None:
    """Return the answer to a question; until there is one, show a button, or the progress of the job.

    Parameters
    ----------
    name
        A key of EXPERIMENTS.
    request
        The question; another question has another answer.
    kind
        The record of the answer.
    key
        Of the widgets: `<key>-start`, `<key>-stop`, `<key>-again`.
    label
        Of the button that asks, translated.
    hint
        What is done and how long it takes, translated.
    highlighted
        Whether the button is the page's main one.
    meanwhile
        Shows what the job in this folder has found so far, once a second while it is at work.
    """
    answer = answer_of(name, request, kind)
    job = job_of(name, request)
    if job is not None and job.state in ALIVE:
        st.fragment(_follow, run_every=_REFRESH_SECONDS)(job.folder, key, meanwhile)
        return None
    if job is not None and job.status.error is not None:
        st.error(escape(job.status.error), icon=":material/warning:")
    if answer is not None:
        return answer
    if job is not None and job.state in ("stopped", "interrupted"):
        st.info(_("The last attempt was not finished; nothing was kept."))
    if hint:
        st.caption(hint)
    kind_of_button: Literal["primary", "secondary"] = "primary" if highlighted else "secondary"
    if st.button(label, key=f"{key}-start", type=kind_of_button):
        with guard():
            ask(name, request)
            st.rerun()
    return None


def once_more(name: str, request: Request, *, key: str) -> None:
    """Offer to ask again; what is kept stays until there is another answer."""
    if st.button(_("Once more"), key=f"{key}-again", icon=":material/refresh:", type="tertiary"):
        with guard():
            ask(name, request)
            st.rerun()


def _follow(folder: Path, key: str, meanwhile: Callable[[Path], None]) -> None:
    use_language()
    job = view(folder)
    if job.state not in ALIVE:
        st.rerun()
    with st.container(border=True, key=f"{key}-progress"):
        st.progress(job.status.progress, text=str(job.status.message or _("Waiting")))
        st.caption(_("It runs in the background: you may leave this page, and what it finds is kept."))
        if st.button(_("Stop"), key=f"{key}-stop"):
            with guard():
                request_stop(folder)
    meanwhile(folder)
