"""The queue of the trainings: who runs where, who waits at which place, and in which order they will run."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from core.errors import UserError
from core.experiments import folds
from core.experiments.sweeps import store as sweeps
from core.jobs.control import request_stop
from core.jobs.queue import QueueEntry, move
from core.jobs.queue import queue_view as read_queue
from core.language import _, ngettext
from core.runs.store import Run
from core.training.launch import KIND, interrupted, resume_all
from ui.messages import escape, guard
from ui.session import use_language

_REFRESH_SECONDS: Final = 1.0
_MINUTE, _HOUR = 60, 3600


def queue_view(key: str = "queue", *, is_shown_empty: bool = True) -> None:
    """Show the queue, refreshed once a second while anything is in it; folded or left out when nothing is."""
    _interrupted(key)
    entries = read_queue(KIND)
    if not entries and not is_shown_empty:
        return
    n_waiting = sum(entry.is_waiting for entry in entries)
    title = _("Queue: {n} at work, {m} waiting", n=len(entries) - n_waiting, m=n_waiting)
    with st.expander(title, icon=":material/low_priority:", expanded=bool(entries), key=f"{key}-box"):
        if not entries:
            st.caption(_("Nothing trains now, and nothing waits: a new run begins at once."))
            return
        shown = [(entry.name, entry.is_waiting) for entry in entries]
        st.fragment(_rows, run_every=_REFRESH_SECONDS)(key, shown)


def _interrupted(key: str) -> None:
    """Offer to let all runs go on whose process is gone; one alone has its own button."""
    whole: dict[str, Callable[[str], object]] = {one.name: folds.resume for one in folds.interrupted()}
    whole |= {one.name: sweeps.resume_sweep for one in sweeps.interrupted()}
    gone = [*whole, *(run.run_id for run in interrupted())]
    if len(gone) < 2 and not whole:
        return
    with st.container(border=True, key=f"{key}-interrupted"):
        st.markdown(
            ngettext(
                "{n} run was interrupted: its process is gone, what it saved is there.",
                "{n} runs were interrupted: their processes are gone, what they saved is there.",
                len(gone),
            )
        )
        if st.button(
            _("Go on with all ({n})", n=len(gone)), key=f"{key}-resume-all", icon=":material/resume:"
        ):
            with guard():
                n_resumed = _resume(whole) + len(resume_all())
                if n_resumed == len(gone):
                    st.rerun()
                st.warning(
                    _(
                        "{n} of them cannot go on, for their data set has changed or is gone: try them one"
                        " by one to read why.",
                        n=len(gone) - n_resumed,
                    )
                )


def _resume(whole: dict[str, Callable[[str], object]]) -> int:
    """Let cross-validations and sweeps go on, each by its own way; return how many can."""
    n_resumed = 0
    for name, resume in whole.items():
        with suppress(UserError):
            resume(name)
            n_resumed += 1
    return n_resumed


def _rows(key: str, shown_before: list[tuple[str, bool]]) -> None:
    use_language()
    entries = read_queue(KIND)
    if [(entry.name, entry.is_waiting) for entry in entries] != shown_before:
        st.rerun()  # the title and what stands around it follow
    n_waiting: dict[str, int] = {}
    for entry in entries:
        n_waiting[entry.place] = max(n_waiting.get(entry.place, 0), entry.position)
    for entry in entries:
        _row(key, entry, n_waiting[entry.place])


def _row(key: str, entry: QueueEntry, n_waiting: int) -> None:
    name = f"{key}-{entry.name}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{name}-row"):
        st.markdown(f"**{_sign(entry)}** {escape(entry.name)} · {_told(entry)}", width="stretch")
        with st.container(horizontal=True, width="content", gap="small", key=f"{name}-buttons"):
            _buttons(name, entry, n_waiting)


def _buttons(name: str, entry: QueueEntry, n_waiting: int) -> None:
    if entry.position:
        first, last = entry.position == 1, entry.position == n_waiting
        _mover(f"{name}-up", ":material/arrow_upward:", entry, entry.position - 1, disabled=first)
        _mover(f"{name}-down", ":material/arrow_downward:", entry, entry.position + 1, disabled=last)
    stop = _("Stop {run}", run=escape(entry.name))
    if st.button("", icon=":material/stop:", key=f"{name}-stop", help=stop, type="tertiary"):
        with guard():
            request_stop(entry.folder)


def _mover(key: str, icon: str, entry: QueueEntry, to: int, *, disabled: bool) -> None:
    tip = _("Let it run earlier") if to < entry.position else _("Let it run later")
    if st.button("", icon=icon, key=key, help=tip, type="tertiary", disabled=disabled):
        with guard():
            move(KIND, entry.name, to=to)
            st.rerun()


def _sign(entry: QueueEntry) -> str:
    if not entry.is_waiting:
        return ":material/play_arrow:"
    return f"{entry.position}." if entry.position else ":material/hourglass_empty:"


def _told(entry: QueueEntry) -> str:
    values = {"place": place_title(entry.place), "time": _since(entry.since)}
    if entry.is_waiting and not entry.place:
        return _("begins")
    if entry.is_waiting:
        return _("waits for {place} · {time}", **values)
    threads = _threads(entry)
    if threads is None:
        return _("runs on {place} · {time}", **values)
    return ngettext(
        "runs on {place} · {n} thread · {time}",
        "runs on {place} · {n} threads · {time}",
        threads,
        **values,
    )


def _threads(entry: QueueEntry) -> int | None:
    """Return how many CPU threads a run uses; None for a GPU, and before it has begun."""
    if entry.place != "cpu" or not (entry.folder / "env.json").exists():
        return None
    environment = Run(entry.name, entry.folder).environment
    return environment.threads if environment else None


def place_title(place: str) -> str:
    """Return a place ("cpu", "mps", "cuda", "cuda:1") in words; graphics cards count from 1."""
    if place == "cpu":
        return _("the processor")
    if place == "mps":
        return _("Apple's graphics card")
    number = place.partition(":")[2]
    return _("graphics card {n}", n=int(number) + 1) if number else _("a graphics card")


def _since(moment: str) -> str:
    seconds = max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
    if seconds < _MINUTE:
        return _("{n} s", n=int(seconds))
    if seconds < _HOUR:
        return _("{n} min", n=int(seconds // _MINUTE))
    return _("{n} h", n=int(seconds // _HOUR))
