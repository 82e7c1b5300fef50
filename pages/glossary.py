"""Reference: every term of the lessons, to look up and to search."""

import streamlit as st

from core.language import _
from core.lessons import Term, load_glossary
from ui.controls import empty_state, language, lesson_header, lesson_text


def main() -> None:
    lesson_header("glossary")
    terms = load_glossary(language()).values()
    wanted = st.text_input(
        _("Find a term"), key="glossary-search", placeholder=_("for example: patient"), width=420
    )
    found = [term for term in terms if _matches(term, wanted)]
    if not found:
        empty_state(_("No such term"), _("Try a shorter word, or part of one."))
    st.caption(_("{n} of {total} terms", n=len(found), total=len(terms)))
    left, right = st.columns(2, gap="large")
    for place, column in enumerate((left, right)):
        with column:
            for term in found[place::2]:
                _entry(term)


def _matches(term: Term, wanted: str) -> bool:
    return wanted.strip().lower() in f"{term.name} {term.key} {term.text}".lower()


def _entry(term: Term) -> None:
    with st.container(border=True, key=f"card-term-{term.key}", gap="small"):
        st.markdown(f"##### {term.name}", anchors=False)
        lesson_text(term.text)


main()
