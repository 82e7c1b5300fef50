"""The learning as an animated picture, made when it is asked for."""

import numpy as np
import streamlit as st

from core.evaluation.case_films import case_films
from core.language import _
from core.runs.replay import Recording
from core.runs.store import Run
from ui import cache
from ui.time_machine.frames import followed

_SIDE = 208  # pixels of a film in the picture, before it is made small


def picture_section(run: Run, recording: Recording) -> None:
    """Offer the animated picture: made on the first press, fetched with the second."""
    key = f"{run.run_id}-{recording.epochs[-1]}-{len(recording.frames)}-{followed(recording)}"
    with st.container(horizontal=True, vertical_alignment="center", key="time-machine-picture"):
        if st.session_state.get("time-machine-made") != key:
            label = _("Make an animated picture (GIF)")
            if st.button(label, key="time-machine-make", icon=":material/gif_box:"):
                st.session_state["time-machine-made"] = key
                st.rerun()
        else:
            with st.spinner(_("Drawing the epochs…")):
                content = _gif(run.run_id, key, _run=run, _recording=recording)
            st.download_button(
                _("Download the picture ({size} MB)", size=f"{len(content) / 1e6:.1f}"),
                content,
                file_name=f"{run.run_id}.gif",
                mime="image/gif",
                key="time-machine-download",
                icon=":material/download:",
                on_click="ignore",
            )
        text = _("It opens in any browser or slide, and says in itself that it is never for diagnosis.")
        st.caption(text, width="content")


@st.cache_data(max_entries=4, max_size="16mb", show_spinner=False)
def _gif(run_id: str, key: str, *, _run: Run, _recording: Recording) -> bytes:
    from core.figures.replay_picture import Film, animated

    del key
    films = case_films(_run, followed(_recording), side=_SIDE)
    epochs = cache.metrics(_run).epochs
    tables = {one.epoch: np.array(one.val_confusion) for one in epochs if one.val_confusion is not None}
    return animated(Film(run_id, _recording, films, tables))
