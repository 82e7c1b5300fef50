"""Workbench: bring images in, step by step; what was recognised is shown before anything is kept."""

from typing import Final

import streamlit as st

from core.language import N_, _
from ui import bring_state
from ui.bring_form import choose_images
from ui.bring_import import is_imported
from ui.bring_looking import is_looked_at
from ui.bring_recognised import recognised
from ui.bring_report import report
from ui.controls import glossary_chips, guard, lesson_header, lesson_more, self_check
from ui.medmnist_gallery import medmnist_gallery
from ui.phantom_form import phantom_form

_OWN: Final = "own"
_TITLES: Final = {
    _OWN: N_("My own images"),
    "public": N_("Public sets (MedMNIST)"),
    "simulated": N_("Simulated films"),
}


def main() -> None:
    is_on_the_way = bring_state.staged() is not None or bring_state.importing() is not None
    shown = lesson_header("bring", body=not is_on_the_way)
    with guard():
        _SOURCES[_choose_source()]()
    if not is_on_the_way:  # each step is a calm screen of its own
        glossary_chips(shown)
        lesson_more(shown)
        self_check("bring", shown)


def _choose_source() -> str:
    names = list(_TITLES)
    return str(
        st.segmented_control(
            _("What to bring in"),
            names,
            format_func=lambda name: _(_TITLES[name]),
            default=None if "bring-source" in st.session_state else _OWN,
            key="bring-source",
            required=True,
            persist_state="session",
            label_visibility="collapsed",
        )
        or _OWN
    )


def _own_images() -> None:
    """Show the step at which the visitor is."""
    staging, job = bring_state.staged(), bring_state.importing()
    if job is not None:
        if is_imported(job):
            report(job)
    elif staging is not None:
        if is_looked_at(staging):
            recognised(staging)
    else:
        if bring_state.is_gone():
            bring_state.forget()
            st.info(_("These files were imported or thrown away meanwhile, perhaps in another tab."))
        choose_images()


_SOURCES: Final = {_OWN: _own_images, "public": medmnist_gallery, "simulated": phantom_form}

main()
