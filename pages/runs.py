"""Workbench: every run in one table, any of them beside each other, and what can be done with them."""

import streamlit as st

from core.errors import LightboxError
from core.evaluation.index import index
from core.evaluation.run_row import RunRow
from core.language import _
from core.runs.store import Run, open_run
from ui.controls import (
    empty_state,
    error_box,
    glossary_chips,
    lesson_header,
    lesson_more,
    self_check,
)
from ui.queue_view import queue_view
from ui.runs.filters import choose_wanted
from ui.runs.selection import choose, chosen_runs, take_address
from ui.runs.table import runs_table
from ui.runs.take_home import arrival_section
from ui.runs.together import chosen_bar
from ui.runs.trash_view import trash_view, undo_bar
from ui.runs.tree import run_tree
from ui.session import full


def main() -> None:
    shown = lesson_header("runs")
    rows = index().rows()
    index().measure_meanwhile()
    undo_bar()
    if rows:
        take_address(rows)
        queue_view(is_shown_empty=full())
        _all(rows)
        _chosen(rows)
    else:
        text = _("Train a first network: on the data that ships it takes about half a minute.")
        empty_state(_("No runs yet"), text, action=_("Train a network"), page="train")
    with st.expander(_("Bring in a run from another Lightbox"), icon=":material/upload:", key="runs-arrival"):
        arrival_section()
    trash_view()
    if rows:
        glossary_chips(shown)
        lesson_more(shown)
        self_check("runs", shown)


def _all(rows: tuple[RunRow, ...]) -> None:
    view = st.segmented_control(
        _("Show as"),
        ("table", "tree"),
        format_func=lambda name: _("Table") if name == "table" else _("Tree"),
        default=None if "runs-view" in st.session_state else "table",
        key="runs-view",
        label_visibility="collapsed",
        required=True,
        persist_state="session",
    )
    wanted = choose_wanted(rows)
    if view != "tree":
        runs_table(wanted, rows)
        return
    clicked = run_tree(wanted.of(rows), chosen_runs())
    if clicked is not None and clicked not in chosen_runs():
        choose([clicked])
        st.rerun()


def _chosen(rows: tuple[RunRow, ...]) -> None:
    by_name = {row.run_id: row for row in rows}
    chosen = [by_name[name] for name in chosen_runs() if name in by_name]
    if not chosen:
        st.info(_("Choose a run to see it, two or more to compare them."), icon=":material/touch_app:")
        return
    chosen_bar(chosen)
    if len(chosen) == 1:
        from ui.runs.one_run import one_run  # loads SciPy, as comparing does: the table opens without

        one_run(chosen[0], rows)
        return
    from ui.runs.compare import compare

    opened = [run for row in chosen if (run := _opened(row))]
    if len(opened) > 1:
        compare(opened)


def _opened(row: RunRow) -> Run | None:
    """Open a run for the comparison; what is wrong with it is said, and the others are compared."""
    try:
        return open_run(row.run_id)
    except LightboxError as error:
        error_box(error)
        return None


main()
