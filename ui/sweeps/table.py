"""The trials of a sweep in a table; a chosen one leads to its run."""

from typing import Any, Final

import pandas as pd
import streamlit as st

from core.experiments.sweeps.keeping import best_trial
from core.experiments.sweeps.records import TRIAL_STATES, TrialRecord
from core.experiments.sweeps.store import Sweep
from core.language import _
from ui.messages import escape
from ui.navigation import go_to
from ui.runs.selection import choose
from ui.sweeps.words import field_title, metric_name, value_text
from ui.training.again import go_again

_MOST_PIXELS: Final = 420
_ROW_PIXELS: Final = 35


def trials_table(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> None:
    """Show every trial; whoever chooses one may go to its run, or begin from its settings."""
    best = best_trial(trials, sweep.request)
    rows = [_row(sweep, trial, is_best=best is not None and trial.number == best.number) for trial in trials]
    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(_MOST_PIXELS, _ROW_PIXELS * (len(rows) + 1) + 3),
        on_select="rerun",
        selection_mode="single-row",
        key="sweeps-table",
    )
    chosen = event["selection"]["rows"]
    if not chosen or chosen[0] >= len(trials):
        st.caption(_("Choose a trial to go to its run, or to begin from its settings."))
        return
    _actions(sweep, trials[chosen[0]])


def _row(sweep: Sweep, trial: TrialRecord, *, is_best: bool) -> dict[str, Any]:
    row: dict[str, Any] = {_("Trial"): f"{trial.number + 1}{' ★' if is_best else ''}"}
    row[_("State")] = _(TRIAL_STATES[trial.state])
    row[metric_name(sweep.request)] = "–" if trial.value is None else f"{trial.value:.4f}"
    for dimension in sweep.request.space:
        value = trial.point.get(dimension.field)
        row[field_title(dimension.field)] = "" if value is None else value_text(value)
    row[_("Epochs")] = len(trial.values)
    row[_("Why")] = "" if trial.reason is None else str(trial.reason)
    return row


def _actions(sweep: Sweep, trial: TrialRecord) -> None:
    run = sweep.run(trial.number)
    with st.container(horizontal=True, vertical_alignment="center", key="sweeps-actions"):
        st.markdown(f"**{_('Trial {number}', number=trial.number + 1)}**", width="content")
        if run is None:
            text = _("Its run '{run}' is not there.", run=escape(sweep.run_name(trial.number)))
            st.caption(text)
            return
        if st.button(_("Open its run"), key="sweeps-open", icon=":material/show_chart:"):
            choose([run.run_id])
            go_to("runs")
        if st.button(_("Again, but …"), key="sweeps-again", icon=":material/replay:"):
            go_again(run.run_id)
