"""Whom is judged, on what: the run, the split, the data set."""

import streamlit as st

from core.language import _
from ui import answers
from ui.evaluate.judged import Judged
from ui.pickers import pick_run
from ui.seal import judged_split


def pick_judged() -> Judged | None:
    """Let the visitor choose; return what is judged, with its predictions at hand, or None without one."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        run = pick_run()
    if run is None:
        return None
    with right:
        split = judged_split(run)
    with st.spinner(_("Asking the network about each image…")):
        answers.predictions(run, split)
    return Judged(run.run_id, split)
