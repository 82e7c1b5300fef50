"""What differs from the run that the form began with: beside each field, and in one sentence."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.language import _, joined
from core.runs.store import Run
from ui.handover import forget_change
from ui.session import Key
from ui.training.mending import forget_mended
from ui.training.values import widget_key
from ui.training.wording import change_words

Changed = Mapping[str, tuple[Any, Any]]  # by dotted name: (value now, value then)


def change_mark(name: str, pair: tuple[Any, Any], run: Run, *, title: str = "") -> None:
    """Say under a field what it was and is, with a way back for this field alone.

    Parameters
    ----------
    name
        The field, dotted.
    pair
        Its value now, and that of the run.
    run
        The run that the form began with.
    title
        The field's title, where its widget is not above.
    """
    key = f"train-then-{name.replace('.', '-')}"
    words = change_words(name, *pair)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        st.markdown(f":small[{f'{title}: {words}' if title else words}]", width="content")
        st.button(
            _("Put back"),
            key=f"{key}-back",
            icon=":material/undo:",
            type="tertiary",
            on_click=put_back,
            args=(name, run, pair[1]),
        )


def kept_changes(changed: Changed, titles: Mapping[str, str], run: Run) -> None:
    """Name changes whose field this level does not show: they stay, and Full shows them."""
    if not changed:
        return
    with st.container(border=True, key="train-kept", gap="small"):
        st.markdown(_("Changed too, and kept:"))
        for name, pair in changed.items():
            change_mark(name, pair, run, title=titles.get(name, name))
        st.button(_("Show every setting"), key="train-to-full", type="tertiary", on_click=_show_all)


def sum_up(changed: Changed, titles: Mapping[str, str], *, is_again: bool) -> None:
    """Say how many things differ from the run; more than one at once is no experiment."""
    words = [f"{titles.get(name, name)} {change_words(name, *pair)}" for name, pair in changed.items()]
    with st.container(key="train-changes"):
        if len(words) > 1:
            text = _(
                "{n} changes at once ({names}): no curve can tell which did it.",
                n=len(words),
                names=joined(words, "; "),
            )
            st.markdown(f":material/warning: {text}")
        elif words:
            st.markdown(_(":material/science: One change: {change}", change=words[0]))
        elif is_again:
            st.markdown(_("Nothing is changed yet: it would be the same training once more."))


def put_back(name: str, run: Run, then: Any) -> None:
    """Put one field back to what the run had."""
    forget_change(name)
    forget_mended(name)
    key = widget_key(name, run)
    if name == "augmentations":  # its list and its preset begin anew
        st.session_state.pop(key, None)
        st.session_state.pop(f"{key}-preset", None)
    elif key in st.session_state:
        st.session_state[key] = then


def _show_all() -> None:
    st.session_state[Key.LEVEL] = "full"
