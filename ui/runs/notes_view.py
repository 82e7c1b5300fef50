"""Tags, a note, a star: what a visitor writes beside a run; each press is one small change."""

from collections.abc import Callable

import streamlit as st

from core.evaluation.run_row import RunRow
from core.language import _
from core.runs.notes import (
    LONGEST_NOTE,
    LONGEST_TAG,
    RunNotes,
    add_tag,
    archive,
    read_notes,
    remove_tag,
    star,
    write_note,
)
from core.runs.store import Run
from ui.messages import escape, guard


def notes_view(run: Run, rows: tuple[RunRow, ...]) -> None:
    """Let the visitor tag a run and write a note beside it."""
    notes = read_notes(run.run_id)
    _tags(run, notes.tags, rows)
    _note(run, notes.note)


def star_button(run: Run) -> None:
    """Give a run a star, or take it away."""
    starred = read_notes(run.run_id).starred
    label = _("Take the star away") if starred else _("Star")
    icon = ":material/star:" if starred else ":material/star_outline:"
    st.button(label, key="run-star", icon=icon, on_click=_do, args=(star, run, not starred))


def archive_button(run: Run) -> None:
    """Put a run away, or bring it back."""
    archived = read_notes(run.run_id).archived
    label = _("Back from the archive") if archived else _("Archive")
    hint = _("Out of the list, but kept whole: 'Filter and sort' shows archived runs.")
    icon = ":material/archive:"
    st.button(label, key="run-archive", icon=icon, help=hint, on_click=_do, args=(archive, run, not archived))


def _do(change: Callable[..., RunNotes], run: Run, on: bool) -> None:
    """Do what the pressed button said, also if somebody else has done it since: it is no turning round."""
    with guard():
        change(run, on=on)


def _tags(run: Run, tags: tuple[str, ...], rows: tuple[RunRow, ...]) -> None:
    others = sorted({tag for row in rows for tag in row.tags} - set(tags))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-tags"):
        for number, tag in enumerate(tags):
            hint = _("Take the tag '{tag}' away", tag=escape(tag))
            if st.button(escape(tag), key=f"run-tag-{number}-{tag}", icon=":material/close:", help=hint):
                with guard():
                    remove_tag(run, tag)
                    st.rerun()
        with st.popover(_("Add a tag"), icon=":material/sell:", type="tertiary"):
            _new_tag(run, others)


def _new_tag(run: Run, others: list[str]) -> None:
    with st.form("run-tag-form", border=False, clear_on_submit=True):
        typed = st.text_input(_("New tag"), max_chars=LONGEST_TAG, key="run-tag-new")
        picked = st.multiselect(_("Tags of other runs"), others, key="run-tag-known") if others else []
        if st.form_submit_button(_("Add"), key="run-tag-add"):
            with guard():
                add_tag(run, *([typed] if typed.strip() or not picked else []), *picked)
                st.rerun()


def _note(run: Run, note: str) -> None:
    with st.form("run-note-form", border=False):
        # Another note, another widget: it shows what stands there now, and remembers what was seen.
        text = st.text_area(
            _("What you want to remember of this run"),
            note,
            max_chars=LONGEST_NOTE,
            key=f"run-note-{run.run_id}-{hash(note):x}",
        )
        if st.form_submit_button(_("Save the note"), key="run-note-save"):
            with guard():
                write_note(run, text, as_seen=note)
                st.rerun()
