"""Is this image like those that the network was trained on? Said before anything else is."""

import streamlit as st

from ui import answers
from ui.explain.case import Case
from ui.messages import escape


def show_kin(case: Case) -> None:
    """Say what sets the image apart."""
    run = case.network.run
    notes = () if run is None else answers.kind_notes(run, case.subject)
    for note in (*notes, *case.subject.image.notes):
        st.warning(escape(note), icon=":material/search:")
