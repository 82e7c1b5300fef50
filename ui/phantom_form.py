"""Simulated films of one's own: the knobs, the making in the background, and the way to the data set."""

from typing import Final

import streamlit as st

from core.datasets.phantom_worker import start_phantoms
from core.datasets.phantoms import PhantomConfig
from core.language import _
from ui.fields import field_widget
from ui.job_panel import follow_job, job_panel
from ui.messages import escape, guard
from ui.navigation import go_to
from ui.session import Key, full

_SLOT: Final = "phantoms"
_MADE: Final = "phantoms-made"  # the data set that was made last
_ASKED: Final = "phantoms-asked"  # the one that is being made
_KNOBS: Final = ("n_patients", "prevalence")
_MORE_KNOBS: Final = ("contrast", "lesion_size", "dose", "label_noise", "shortcut", "image_size", "seed")


def phantom_form() -> None:
    """Offer the knobs of the phantoms; make them when asked, and lead to what was made."""
    job_panel(_SLOT, done=_made)
    if made := st.session_state.get(_MADE):
        _lead_on(made)
    values = {}
    with st.container(border=True, key="phantoms-form"):
        st.markdown(
            _(
                "Chest films drawn by a program, with findings whose outline is known: no download, no"
                " patient. Each knob is a lesson of its own."
            )
        )
        for name in _KNOBS + (_MORE_KNOBS if full() else ()):
            start = PhantomConfig.model_fields[name].default
            values[name] = field_widget(PhantomConfig, name, start, key=f"phantoms-{name}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = _("Name of the new data set")
            name = st.text_input(label, key="phantoms-name", placeholder="faint-findings")
            if st.button(_("Make them"), key="phantoms-start", type="primary", disabled=not name):
                with guard():
                    follow_job(_SLOT, start_phantoms(name, PhantomConfig(**values)))
                    st.session_state.pop(_MADE, None)
                    st.session_state[_ASKED] = name
                    st.rerun()


def _made() -> None:
    st.session_state[_MADE] = st.session_state.get(_ASKED)


def _lead_on(name: str) -> None:
    st.success(_("In your data sets as '{name}'.", name=escape(name)), icon=":material/check_circle:")
    if st.button(_("Open the data set"), key="phantoms-open"):
        del st.session_state[_MADE]
        st.session_state[Key.DATASET] = name
        go_to("datasets")
