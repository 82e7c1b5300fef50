"""Lab: a network learns a cue that is no disease. Validation is delighted; who finds it out?"""

import streamlit as st

from core.language import _
from ui.controls import glossary_chips, guard, lesson_header, lesson_more, self_check
from ui.shortcut.form import booth_answer, booth_form
from ui.shortcut.one_film import show_one_film
from ui.shortcut.scores import show_brightness, show_flips, show_gauge, show_scores


def main() -> None:
    shown = lesson_header("shortcut")
    with guard():
        request = booth_form()
        answer = booth_answer(request)
        if answer is not None:
            show_scores(request, answer)
            st.subheader(_("Change the cue, and nothing else"), anchor=False)
            show_one_film(request, answer)
            show_flips(request, answer)
            st.subheader(_("What did it look at?"), anchor=False)
            show_gauge(answer)
            show_brightness(answer)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("shortcut", shown)


main()
