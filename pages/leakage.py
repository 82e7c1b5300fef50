"""Lab: the same short training twice, split by image and split by patient. How much of the score was leak?"""

import streamlit as st

from core.language import _
from ui.controls import glossary_chips, guard, lesson_header, lesson_more, pick_dataset, self_check
from ui.leakage_view import (
    lab_answer,
    lab_form,
    lab_panels,
    making_phantoms,
    offer_phantoms,
    why_not,
)


def main() -> None:
    shown = lesson_header("leakage")
    making_phantoms()
    info = pick_dataset()
    if info is not None:
        reason = why_not(info)
        if reason is not None:
            st.info(reason, icon=":material/info:")
            offer_phantoms(highlighted=True)
        else:
            with guard():
                lab = lab_form(info)
                if lab is None:
                    text = _("Two short trainings; of 600 small films about ten seconds each, without a GPU.")
                    st.caption(text)
                    offer_phantoms(highlighted=False)
                else:
                    lab_answer(info, lab)
                    lab_panels(lab)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("leakage", shown)


main()
