"""One chosen run: how good it was, its curve, what can be done with it, what people wrote beside it."""

from contextlib import suppress

import streamlit as st

from core.errors import LightboxError, UserError
from core.evaluation.run_row import RunRow
from core.jobs.status import ALIVE
from core.language import _, joined
from core.runs.store import Run, open_run
from ui import cache
from ui.dataset_since import label_change_note
from ui.live import live_run
from ui.messages import error_box, escape, guard, simulated_badge
from ui.navigation import entry_of, go_to
from ui.runs.branch_view import branch_section
from ui.runs.notes_view import archive_button, notes_view, star_button
from ui.runs.take_home import take_home_section
from ui.runs.trash_view import delete_runs
from ui.runs.words import best_in_words, best_of, changes_in_words
from ui.session import Key, full
from ui.training.again import again_button
from ui.training.panel import run_buttons
from ui.training.seeds_view import seeds_section


def one_run(row: RunRow, rows: tuple[RunRow, ...]) -> None:
    """Show one run; one that cannot be used says why and can still be deleted."""
    st.markdown(f"#### {escape(row.run_id)}", anchors=False)
    if row.problem is not None:
        st.warning(escape(row.problem), icon=":material/warning:")
    try:
        run = open_run(row.run_id)
    except LightboxError as error:
        if row.problem is None:
            error_box(error)
        _delete_button(row)
        return
    _facts(run, row)
    with guard():
        live_run(run.run_id, key="runs-curve")
    _actions(run)
    if full():
        _sections(run, row, rows)
        return
    with st.expander(
        _("More: notes, branch, other seeds, take it home, delete"), key="run-more", on_change="rerun"
    ) as part:
        if part.open:
            _sections(run, row, rows)


def _facts(run: Run, row: RunRow) -> None:
    with guard():
        if _is_simulated(run):
            simulated_badge()
    label_change_note(run)
    parts = []
    if row.best is not None:
        n = "" if row.best.n is None else _("{n} validation images", n=row.best.n)
        parts.append(" · ".join(part for part in (best_of(row.best), best_in_words(row.best), n) if part))
    if row.parent is not None:
        changed = joined(changes_in_words(row.changed), "; ") or _("nothing")
        parts.append(_("changed from {parent}: {changes}", parent=row.parent.run, changes=changed))
    for part in parts:
        st.markdown(escape(part))


def _is_simulated(run: Run) -> bool:
    """Tell whether a run learned from simulated images, from its first second on."""
    if run.has_model:
        return run.card.simulated
    with suppress(UserError):  # the data set has been deleted since
        return cache.dataset(run.config.dataset).info.simulated
    return False


def _actions(run: Run) -> None:
    with st.container(horizontal=True, key="run-actions"):
        if run.has_model:
            _goes_to(run, "evaluate", _("Evaluate"))
            _goes_to(run, "explain", _("Explain"))
        again_button(run)
        if full() and entry_of("time_machine"):
            _goes_to(run, "time_machine", _("Time machine"))
        run_buttons(run)


def _sections(run: Run, row: RunRow, rows: tuple[RunRow, ...]) -> None:
    """Show what takes more than a press; of these the one that is open is made."""
    titles = [_("Notes and tags"), _("Branch"), _("Other seeds"), _("Take it home")]
    notes, branch, seeds, home = st.tabs(titles, key="run-sections", on_change="rerun")
    if notes.open:
        with notes, guard():
            _keeping(run, row, rows)
    for tab, show in ((branch, branch_section), (seeds, seeds_section), (home, take_home_section)):
        if tab.open:
            with tab, guard():
                show(run)


def _keeping(run: Run, row: RunRow, rows: tuple[RunRow, ...]) -> None:
    notes_view(run, rows)
    with st.container(horizontal=True, key="run-keeping"):
        star_button(run)
        archive_button(run)
        _delete_button(row)


def _goes_to(run: Run, page: str, label: str) -> None:
    if st.button(label, key=f"run-to-{page}"):
        st.session_state[Key.RUN] = st.session_state[Key.LIVE_RUN] = run.run_id
        st.session_state[Key.DATASET] = run.config.dataset
        go_to(page)


def _delete_button(row: RunRow) -> None:
    if row.is_shipped or row.state in ALIVE:
        return
    hint = _("To the trash: 'Undo' brings it back.")
    if st.button(_("Delete"), key="run-delete", icon=":material/delete:", help=hint):
        delete_runs([row.run_id])
