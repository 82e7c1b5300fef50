"""Asking a network about images from a page: at once where that is quick, else in the background."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from core.datasets.records import Part
from core.evaluation.embeddings import embeddings_path
from core.evaluation.looks import can_write
from core.evaluation.stored import stored_path
from core.experiments.answering_records import NAME, AnswersRequest, is_quick, request_for
from core.experiments.asking import ask, job_of
from core.jobs.control import request_stop, view
from core.jobs.status import ALIVE
from core.language import _, joined
from core.runs.store import Run
from ui import answers
from ui.messages import escape, guard
from ui.session import use_language

_REFRESH_SECONDS: Final = 1.0
_MINUTE: Final = 90  # seconds from which on minutes are told


@dataclass(frozen=True)
class Asking:
    """Images that a run is asked about: as in core.evaluation.predictions.predictions_of, and how many."""

    run: Run
    split: Part
    n_images: int
    dataset_id: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    with_features: bool = False

    @property
    def is_stored(self) -> bool:
        """Whether these weights have answered already."""
        find: Callable[..., Path | None] = embeddings_path if self.with_features else stored_path
        return find(self.run, self.split, self.dataset_id, mapping=dict(self.mapping)) is not None

    @property
    def is_quick(self) -> bool:
        """Whether it may be asked in the page's own step."""
        return is_quick(self.run, self.n_images)

    @property
    def is_lasting(self) -> bool:
        """Whether the answers can be stored; in a home that can only be read they are kept in memory."""
        return can_write(self.run.writable_folder)

    @property
    def request(self) -> AnswersRequest:
        """The question of the job in the background."""
        mapping = dict(self.mapping)
        return request_for(
            self.run, self.split, self.dataset_id, mapping=mapping, with_features=self.with_features
        )


def start(asking: Asking) -> None:
    """Ask at once, or start the job that asks."""
    if not asking.is_quick:
        ask(NAME, asking.request)
        return
    with st.spinner(_("Asking the network about each image…")):
        if not asking.is_lasting:
            answers.predictions(asking.run, asking.split, asking.dataset_id, asking.mapping)
            return
        from core.evaluation.predictions import make_answers  # torch

        make_answers(
            asking.run,
            asking.split,
            asking.dataset_id,
            mapping=dict(asking.mapping),
            with_features=asking.with_features,
        )


def is_at_work(asking: Asking, *, key: str) -> bool:
    """Show the progress of the job that asks, if it is at work; else say how it ended, if not well."""
    job = job_of(NAME, asking.request)
    if job is None:
        return False
    if job.state in ALIVE:
        st.fragment(_follow, run_every=_REFRESH_SECONDS)(job.folder, key)
        return True
    if job.status.error is not None:
        st.error(escape(job.status.error), icon=":material/warning:")
    elif job.state in ("stopped", "interrupted"):
        st.info(_("The last attempt was not finished; nothing was kept. You can ask again."))
    return False


def ask_button(asking: Asking, *, key: str, label: str, hint: str = "") -> bool:
    """Return whether the answers are stored; until then show the button that asks, or the job's progress."""
    if asking.is_stored:
        return True
    if is_at_work(asking, key=key):
        return False
    if hint:
        st.caption(hint)
    if st.button(label, key=f"{key}-start", icon=":material/play_arrow:", type="primary"):
        with guard():
            start(asking)
            st.rerun()
    return False


def _follow(folder: Path, key: str) -> None:
    use_language()
    job = view(folder)
    if job.state not in ALIVE:
        st.rerun()
    with st.container(border=True, key=f"{key}-progress"):
        st.progress(job.status.progress, text=str(job.status.message or _("Waiting")))
        left = job.status.seconds_left
        words = [] if left is None else [_time_left(left)]
        words.append(_("It runs in the background: you may leave this page, and what it finds is kept."))
        st.caption(joined(words, " "))
        if st.button(_("Stop"), key=f"{key}-stop"):
            with guard():
                request_stop(folder)


def _time_left(seconds: float) -> str:
    if seconds < _MINUTE:
        return _("About {n} s left.", n=max(1, round(seconds)))
    return _("About {n} min left.", n=round(seconds / 60))
