"""Workbench: every run, its curve beside others', and what can be done with it."""

import streamlit as st

from core.jobs.status import ALIVE
from core.language import _
from core.runs.export import model_archive
from core.runs.store import Run, delete_run, list_runs, open_run
from ui.controls import (
    Key,
    empty_state,
    escape,
    glossary_chips,
    go_to,
    guard,
    lesson_header,
    lesson_more,
    self_check,
    simulated_badge,
    use_language,
)
from ui.dataset_since import label_change_note
from ui.live import live_run
from ui.queue_view import queue_view
from ui.run_table import changes_table, choose_runs, compare_curves, same_images_note
from ui.training.panel import run_buttons


def main() -> None:
    shown = lesson_header("runs")
    runs = list_runs()
    if not runs:
        text = _("Train a first network: on the data that ships it takes about half a minute.")
        empty_state(_("No runs yet"), text, action=_("Train a network"), page="train")
        return
    queue_view()
    chosen = choose_runs(runs)
    if len(chosen) == 1:
        _one(chosen[0])
    else:
        compare_curves(chosen)
        same_images_note(chosen)
        st.caption(
            _("Curves alone do not say whether a difference is real: compare the intervals in the table.")
        )
    changes_table(chosen)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("runs", shown)


def _one(run: Run) -> None:
    st.markdown(f"#### {escape(run.run_id)}", anchors=False)
    if run.has_model and run.card.simulated:
        simulated_badge()
    label_change_note(run)
    live_run(run.run_id, key="runs-curve")
    with st.container(horizontal=True, key="run-actions"):
        if run.has_model:
            _goes_to(run, "evaluate", _("Evaluate"))
            _goes_to(run, "explain", _("Explain"))
        _goes_to(run, "train", _("Change one thing"))
        if run.has_model:
            st.download_button(
                _("Download the network"),
                lambda: model_archive(run),
                file_name=f"{run.run_id}.zip",
                mime="application/zip",
                help=_("Weights (safetensors) and their card. For teaching, never for diagnosis."),
            )
        run_buttons(run)
        if not run.is_shipped and run.state not in ALIVE and st.button(_("Delete"), key="run-delete"):
            _confirm_delete(run.run_id)


def _goes_to(run: Run, page: str, label: str) -> None:
    if st.button(label, key=f"run-to-{page}"):
        st.session_state[Key.RUN] = st.session_state[Key.LIVE_RUN] = run.run_id
        st.session_state[Key.DATASET] = run.config.dataset
        go_to(page)


def _confirm_delete(run_id: str) -> None:
    @st.dialog(_("Delete this run?"))
    def ask() -> None:
        use_language()
        st.markdown(
            _("'{run}' and everything in it will be gone. This cannot be undone.", run=escape(run_id))
        )
        if st.button(_("Delete for good"), type="primary", key="run-delete-confirm"):
            with guard():
                delete_run(open_run(run_id))
                st.rerun()

    ask()


main()
