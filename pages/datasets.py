"""Workbench: the data sets that are there, what to know before training on them, and what to do with them."""

from typing import Final

import streamlit as st

from core.language import N_, _
from ui.controls import (
    full,
    glossary_chips,
    go_to,
    guard,
    lesson_header,
    lesson_more,
    lesson_text,
    next_button,
    pick_dataset,
    self_check,
)
from ui.dataset_labels import label_view
from ui.dataset_manage import manage_view
from ui.dataset_view import can_train, dataset_facts, dataset_warnings, overview
from ui.profile_view import show_profile

_VIEWS: Final = {"overview": overview, "profile": show_profile, "labels": label_view, "manage": manage_view}
_TITLES: Final = {
    "overview": N_("Overview"),
    "profile": N_("Profile"),
    "labels": N_("Labels"),
    "manage": N_("Manage"),
}


def main() -> None:
    shown = lesson_header("datasets", body=not full())
    with st.container(horizontal=True, vertical_alignment="bottom", key="dataset-picker"):
        info = pick_dataset()
        if st.button(_("Bring in images"), key="to-bring", icon=":material/upload_file:"):
            go_to("bring")
    if info is not None:
        dataset_facts(info)
        dataset_warnings(info)
        with guard():
            _VIEWS[_choose_view()](info)
    if full():  # a workplace: the text is at hand, below the work
        with st.expander(_("What to look at before training"), icon=":material/menu_book:"):
            lesson_text(shown.body)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("datasets", shown)
    if info is not None and can_train(info):
        next_button("train", _("Train on this data set"))


def _choose_view() -> str:
    """Return what to see of the data set: at Basic the overview, else what the visitor chose."""
    if not full():
        st.caption(
            _("At the level Full (in the sidebar): profile, correct labels, rename, copy, export, delete.")
        )
        return "overview"
    names = list(_VIEWS)
    return str(
        st.segmented_control(
            _("What to see"),
            names,
            format_func=lambda name: _(_TITLES[name]),
            default=None if "datasets-view" in st.session_state else names[0],
            key="datasets-view",
            required=True,
            persist_state="session",
            label_visibility="collapsed",
        )
        or names[0]
    )


main()
