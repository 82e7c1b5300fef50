"""What can be done with the chosen runs, one or many: star, tag, archive, delete."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.errors import LightboxError, StorageError
from core.evaluation.run_row import RunRow
from core.jobs.status import ALIVE
from core.language import _, ngettext
from core.runs.notes import LONGEST_TAG, RunNotes, add_tag, archive, star
from core.runs.store import Run, open_run
from ui.messages import error_box
from ui.runs.selection import choose
from ui.runs.trash_view import delete_runs
from ui.runs.words import size


def chosen_bar(chosen: Sequence[RunRow]) -> None:
    """Say how many runs are chosen and offer what can be done with all of them."""
    total = size(sum(row.size_bytes for row in chosen))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs-chosen-bar"):
        st.markdown(
            ngettext("**{n} run chosen** · {size}", "**{n} runs chosen** · {size}", len(chosen), size=total)
        )
        _actions(chosen)


def _actions(chosen: Sequence[RunRow]) -> None:
    names = [row.run_id for row in chosen]
    if st.button(_("Choose none"), key="runs-none", type="tertiary"):
        choose([])
        st.rerun()
    if len(chosen) < 2:
        return
    if st.button(_("Star"), key="runs-star", icon=":material/star:", type="tertiary"):
        _each(names, star)
    with st.popover(_("Tag"), icon=":material/sell:", type="tertiary"):
        _tag_all(names)
    stays = all(row.archived for row in chosen)
    label = _("Back from the archive") if stays else _("Archive")
    st.button(
        label,
        key="runs-archive",
        icon=":material/archive:",
        type="tertiary",
        on_click=_as_pressed,  # does what the button said, also if somebody else has done it since
        args=(names, partial(archive, on=not stays)),
    )
    mine = [row.run_id for row in chosen if not row.is_shipped and row.state not in ALIVE]
    if mine and st.button(
        _("Delete ({n})", n=len(mine)),
        key="runs-delete",
        icon=":material/delete:",
        type="tertiary",
        help=_("To the trash; 'Undo' brings them back. Runs at work, and what ships, stay."),
    ):
        delete_runs(mine)


def _tag_all(names: Sequence[str]) -> None:
    with st.form("runs-tag-form", border=False, clear_on_submit=True):
        tag = st.text_input(_("Tag for all of them"), max_chars=LONGEST_TAG, key="runs-tag-new")
        if st.form_submit_button(_("Add"), key="runs-tag-add"):
            _each(names, lambda run: add_tag(run, tag))


def _each(names: Sequence[str], change: Callable[[Run], RunNotes]) -> None:
    if _change_each(names, change):
        st.rerun()


def _as_pressed(names: Sequence[str], change: Callable[[Run], RunNotes]) -> None:
    _change_each(names, change)


def _change_each(names: Sequence[str], change: Callable[[Run], RunNotes]) -> bool:
    """Do one small change to each run; what cannot be is said once, and the others are changed."""
    refused: dict[str, LightboxError] = {}
    for name in names:
        try:
            change(open_run(name))
        except LightboxError as error:
            refused[str(error)] = error
        except OSError as error:
            refused[str(error)] = StorageError(error)
    for refusal in refused.values():
        error_box(refusal)
    return not refused
