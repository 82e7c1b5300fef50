"""Deleting with a way back: the runs that were just deleted, and the trash."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from core.errors import LightboxError
from core.evaluation.run_line import size_of
from core.language import _, joined, ngettext
from core.runs.trash import KEPT_DAYS, Deleted, empty, last_deleted, list_deleted, put_back, throw_away
from ui.messages import error_box, escape, guard
from ui.runs.selection import choose, chosen_runs
from ui.runs.words import size
from ui.session import use_language

_JUST_DELETED: Final = "runs-deleted"
_MOST_LISTED: Final = 30


def delete_runs(names: Sequence[str]) -> None:
    """Move runs to the trash; what cannot go is said, the others go."""
    gone = []
    for name in names:
        try:
            gone.append(throw_away(name).run_id)
        except LightboxError as error:
            error_box(error)
    if gone:
        st.session_state[_JUST_DELETED] = gone
        choose(name for name in chosen_runs() if name not in gone)
    if len(gone) == len(names):
        st.rerun()


def undo_bar() -> None:
    """Offer to put back what this visitor has just deleted."""
    names: list[str] = st.session_state.get(_JUST_DELETED, [])
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="runs-undo-bar"):
        shown = joined(escape(name) for name in names[:5])
        st.markdown(
            ngettext(
                "{names} is in the trash.", "{n} runs are in the trash: {names}.", len(names), names=shown
            )
        )
        if st.button(_("Undo"), key="runs-undo", icon=":material/undo:", type="primary"):
            with guard():
                _put_back([last_deleted(name) for name in names])
        if st.button(_("Leave in the trash"), key="runs-undo-close", type="tertiary"):
            del st.session_state[_JUST_DELETED]
            st.rerun()


def trash_view() -> None:
    """Show what is in the trash, how large it is, and the ways out of it."""
    deleted = list_deleted()
    if not deleted:
        return
    sizes = {one.folder: size_of(one.folder) for one in deleted}
    title = ngettext(
        "Trash: {n} run, {size}", "Trash: {n} runs, {size}", len(deleted), size=size(sum(sizes.values()))
    )
    with st.expander(title, icon=":material/delete:", key="runs-trash"):
        st.caption(_("A run stays here for {n} days; then it is deleted for good.", n=KEPT_DAYS))
        for number, one in enumerate(deleted[:_MOST_LISTED]):
            _line(number, one, sizes[one.folder])
        if len(deleted) > _MOST_LISTED:
            st.caption(_("and {n} more", n=len(deleted) - _MOST_LISTED))
        if st.button(_("Empty the trash"), key="runs-trash-empty", icon=":material/delete_forever:"):
            _confirm(deleted)


def _line(number: int, one: Deleted, n_bytes: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"runs-trash-{number}"):
        day = datetime.fromisoformat(one.deleted_at).astimezone().strftime("%Y-%m-%d %H:%M")
        st.markdown(f"{escape(one.run_id)} · {size(n_bytes)} · {escape(day)}")
        if st.button(_("Put back"), key=f"runs-trash-back-{number}", type="tertiary"):
            with guard():
                _put_back([one])
        if st.button(_("Delete for good"), key=f"runs-trash-gone-{number}", type="tertiary"):
            _confirm([one])


def _put_back(deleted: Sequence[Deleted]) -> None:
    names = [put_back(one).run_id for one in deleted]
    st.session_state.pop(_JUST_DELETED, None)
    choose([*chosen_runs(), *names])
    st.rerun()


def _confirm(deleted: Sequence[Deleted]) -> None:
    @st.dialog(_("Delete for good?"))
    def ask() -> None:
        use_language()
        st.markdown(
            ngettext(
                "{names} and everything in it will be gone. This cannot be undone.",
                "{n} runs and everything in them will be gone. This cannot be undone.",
                len(deleted),
                names=escape(deleted[0].run_id),
            )
        )
        if st.button(_("Delete for good"), type="primary", key="runs-trash-confirm"):
            with guard():
                empty(*deleted)
                st.session_state.pop(_JUST_DELETED, None)
                st.rerun()

    ask()
