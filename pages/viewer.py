"""Workbench: look at one image, a series or a study, with its values in all their units."""

import streamlit as st

from core.images.viewing import warm_up
from core.language import _
from ui.controls import (
    full,
    glossary_chips,
    lesson_header,
    lesson_more,
    lesson_text,
    next_button,
    self_check,
)
from ui.viewer_files import Opened
from ui.viewer_screen import skipped_files, viewer
from ui.viewer_source import chosen_source, first_steps, pick_source


def main() -> None:
    shown = lesson_header("viewer", body=False)
    warm_up()
    pick_source()
    source = chosen_source()
    if source is None:
        first_steps()
    else:
        with st.spinner(_("Opening…")):
            opened = source.open()
        _look(opened, simulated=source.simulated)
    with st.expander(_("What the numbers of a picture mean"), icon=":material/menu_book:", expanded=full()):
        lesson_text(shown.body)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("viewer", shown)
    next_button("datasets", highlighted=source is not None)


def _look(opened: Opened, *, simulated: bool) -> None:
    skipped_files(opened)
    if opened.stacks:
        viewer(opened, simulated=simulated)


main()
