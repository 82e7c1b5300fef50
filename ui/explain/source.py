"""Who is asked, and about which image."""

import streamlit as st

from core.language import _
from core.runs.store import Run
from ui import maps
from ui.asking import chosen_subject, pick_network, pick_subject
from ui.explain import computed
from ui.explain.case import Case, network_of


def pick_run_and_image() -> Run | None:
    """Let the visitor choose a network and an image."""
    run = pick_network()
    if run is not None:
        pick_subject(run)
    return run


def asked(run: Run) -> Case | None:
    """Return what was chosen with its answer, or say that an image is wanted."""
    subject = chosen_subject(run)
    if subject is None:
        st.info(_("Upload an image to ask about it."))
        return None
    network = network_of(run)
    with st.spinner(_("Loading the network and asking it…")):
        by_class = computed.probabilities(network, subject)
    return Case(network, subject, by_class, maps.class_control(by_class, run.card.positive_class))
