"""A sweep on the page: how far it is, who works on it, and its pictures, drawn anew while it lives."""

from typing import Final

import streamlit as st

from core.errors import UserError
from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.store import (
    Sweep,
    delete_sweep,
    open_sweep,
    resume_sweep,
    state_of,
    status_of,
    stop_sweep,
)
from core.jobs.status import ALIVE, STATE_NAMES, EffectiveState
from core.language import _, ngettext
from ui.messages import escape, guard
from ui.session import full, use_language
from ui.sweeps.best import best_section
from ui.sweeps.journals import trials_of
from ui.sweeps.pictures import main_picture, pictures
from ui.sweeps.table import trials_table
from ui.sweeps.words import progress_text, share_done

_REFRESH_SECONDS: Final = 2.0


def show_sweep(sweep: Sweep) -> None:
    """Show one sweep; while it lives, look every two seconds how it stands."""
    state = state_of(sweep, trials_of(sweep))
    period = _REFRESH_SECONDS if state in ALIVE else None
    st.fragment(_follow, run_every=period)(sweep.name, state)


def _follow(name: str, shown_state: EffectiveState) -> None:
    use_language()
    try:
        sweep = open_sweep(name)
        trials = trials_of(sweep)
    except (UserError, OSError):  # deleted in another window
        st.info(_("The sweep '{name}' was deleted.", name=escape(name)), icon=":material/delete:")
        return
    state = state_of(sweep, trials)
    if (state in ALIVE) != (shown_state in ALIVE):
        st.rerun()
    _how_far(sweep, trials, state)
    if not trials:
        return
    if full():
        pictures(sweep, trials)
        trials_table(sweep, trials)
    else:
        main_picture(sweep, trials)
    if state not in ALIVE:
        best_section(sweep, trials)
        if full():
            _delete(sweep)


def _how_far(sweep: Sweep, trials: tuple[TrialRecord, ...], state: EffectiveState) -> None:
    parts = [f"**{escape(sweep.name)}**", _(STATE_NAMES[state]), progress_text(sweep.request, trials)]
    st.progress(share_done(sweep.request, trials), text=" · ".join(parts))
    with st.container(horizontal=True, vertical_alignment="center", key="sweeps-state"):
        st.caption(_workers_line(sweep) if state in ALIVE else _ended_line(state), width="stretch")
        if state in ALIVE and st.button(_("Stop"), key="sweeps-stop", icon=":material/stop:"):
            with guard():
                stop_sweep(sweep.name)
        if state in ("stopped", "failed", "interrupted") or _lacks_workers(sweep, state):
            _resume(sweep)
    _errors(sweep)


def _resume(sweep: Sweep) -> None:
    if st.button(_("Let it go on"), key="sweeps-resume", icon=":material/play_arrow:", type="primary"):
        with guard():
            resume_sweep(sweep.name)
            st.rerun()


def _lacks_workers(sweep: Sweep, state: EffectiveState) -> bool:
    """Tell whether the sweep lives, but a worker of it was killed or has failed."""
    return state in ALIVE and any(one in ("interrupted", "failed") for one in sweep.workers().values())


def _workers_line(sweep: Sweep) -> str:
    """Return what each worker does, as Markdown."""
    told, states = [], sweep.workers()
    for number, folder in enumerate(sweep.worker_folders, start=1):
        status = status_of(folder)
        if status is None or folder.name not in states:
            continue
        message, state = status.message, states[folder.name]
        said = escape(message) if message is not None and state in ALIVE else _(STATE_NAMES[state])
        told.append(_("Worker {number}: {said}", number=number, said=said))
    return " · ".join(told)


def _ended_line(state: EffectiveState) -> str:
    if state == "completed":
        return _("All trials have ended.")
    return _("Nothing is lost: it goes on with the trial that was at work.")


def _errors(sweep: Sweep) -> None:
    for folder in sweep.worker_folders:
        status = status_of(folder)
        if status is not None and status.error is not None:
            st.error(escape(status.error), icon=":material/warning:")
            return


def _delete(sweep: Sweep) -> None:
    with st.popover(_("Delete this sweep"), icon=":material/delete:", type="tertiary"):
        n = sum(sweep.run(trial.number) is not None for trial in trials_of(sweep))
        with_runs = st.checkbox(
            ngettext("Its {n} run too", "Its {n} runs too", n), key="sweeps-delete-runs", value=True
        )
        st.caption(_("A trial that was kept as a run of its own stays."))
        if st.button(_("Delete"), key="sweeps-delete", type="primary"):
            with guard():
                delete_sweep(sweep.name, with_runs=with_runs)
                st.rerun()
