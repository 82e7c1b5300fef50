"""The time machine of one run: the player, live while the run lives; who is followed; a picture to keep."""

import streamlit as st

from core.errors import UserError
from core.jobs.status import ALIVE
from core.language import _
from core.runs.replay import Recording, frame_epochs, read_recording
from core.runs.store import Run, open_run
from ui.controls import empty_state, escape, simulated_badge
from ui.session import use_language
from ui.time_machine.frames import MOST_FRAMES
from ui.time_machine.picture import picture_section
from ui.time_machine.pinning import pinning_section
from ui.time_machine.player import player

_REFRESH_SECONDS = 1.0


def time_machine(run: Run) -> None:
    """Show how a run learned: now while it does, or afterwards."""
    is_alive = run.state in ALIVE
    if not is_alive and read_recording(run.folder, most=MOST_FRAMES) is None:
        _nothing_kept(run)
        return
    follow = st.fragment(_follow, run_every=_REFRESH_SECONDS if is_alive else None)
    follow(run.run_id, was_alive=is_alive)
    recording = read_recording(run.folder, most=MOST_FRAMES)
    if recording is not None:
        pinning_section(run, recording)
        picture_section(run, recording)


def _follow(run_id: str, *, was_alive: bool) -> None:
    use_language()
    try:
        run = open_run(run_id)
    except UserError:
        st.info(_("This run has been deleted meanwhile."), icon=":material/info:")
        return
    is_alive = run.state in ALIVE
    recording = read_recording(run.folder, most=MOST_FRAMES)
    if recording is None:
        _waiting(run)
    else:
        _head(run, recording)
        player(run, recording, is_alive=is_alive)
    if was_alive and (not is_alive or recording is not None and not st.session_state.get(_seen(run_id))):
        st.session_state[_seen(run_id)] = recording is not None
        st.rerun()  # what stands around the player follows


def _seen(run_id: str) -> str:
    return f"time-machine-seen-{run_id}"


def _head(run: Run, recording: Recording) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="time-machine-head"):
        if recording.about.simulated:
            simulated_badge()
        st.caption(_("For teaching only, never for diagnosis."), width="content")
    n_all = len(frame_epochs(run.folder))
    if n_all > len(recording.frames):
        text = _("{n} of the {total} epochs are played.", n=len(recording.frames), total=n_all)
        st.caption(text)


def _waiting(run: Run) -> None:
    message = run.status.message
    text = _("The first frame comes when the first epoch has ended.")
    st.info(f"{text} {escape(message) if message else ''}".strip(), icon=":material/hourglass_top:")


def _nothing_kept(run: Run) -> None:
    from ui.training.again import again_button

    text = _(
        "'{run}' was not filmed: it is older than the time machine, or its filming was switched off, or no"
        " epoch has ended. Train it again, and each epoch will be kept.",
        run=escape(run.run_id),
    )
    empty_state(_("Nothing was kept of this learning"), text)
    again_button(run)
