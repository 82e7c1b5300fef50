"""Reference: what Lightbox is not, what its numbers mean, and on what it rests."""

import streamlit as st

from ui.controls import lesson_header, lesson_more, lesson_text, self_check


def main() -> None:
    shown = lesson_header("limits")
    for section in shown.sections:
        with st.container(key=f"lesson-text-{shown.sections.index(section)}", gap="small"):
            st.subheader(section.title, anchor=False)
            lesson_text(section.text)
    lesson_more(shown)
    self_check("limits", shown)


main()
