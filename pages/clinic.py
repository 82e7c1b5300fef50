"""Lab: recipes that tutorials print and get wrong, beside the right ones, and what the mistake costs."""

import streamlit as st

from core.language import _
from ui.clinic_view import ask_all, measured_table, measurement, pick_recipe, recipe_card
from ui.controls import full, glossary_chips, guard, lesson_header, lesson_more, self_check


def main() -> None:
    shown = lesson_header("clinic")
    with guard():
        recipe = pick_recipe()
        recipe_card(recipe)
        st.subheader(_("What does it cost?"), anchor=False)
        measurement(recipe)
        measured_table()
        if full():
            ask_all()
    glossary_chips(shown)
    lesson_more(shown)
    self_check("clinic", shown)


main()
