"""The sentence of a wait stands there the first time alone, and its place does not move what follows."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from ui import waiting

    with waiting.first_time("what", "Working it out"):
        st.session_state.seen = [*st.session_state.get("seen", []), ("what" in waiting._known)]
        st.text("below")


def test_a_wait_is_remembered_only_once_it_is_over():
    app = AppTest.from_function(page).run()
    first = list(app.main.children)
    app.run()
    assert not app.exception
    assert app.session_state.seen == [False, True]
    assert list(app.main.children) == first
    assert app.text[0].value == "below"
