"""Learn 5: three controls, a button, and a curve that grows; at Full all that a run can be asked for."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.jobs.status import ALIVE
from core.language import _
from core.runs.store import Run
from ui.controls import (
    full,
    glossary_chips,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    self_check,
    simulated_badge,
)
from ui.training.again import take_address
from ui.training.around import around_run
from ui.training.form import latest_runs
from ui.training.launching import launch_form
from ui.training.panel import training_panel


def main() -> None:
    shown = lesson_header("train")
    take_address()
    info = pick_dataset()
    if info is None:
        return
    run, before = latest_runs(info)
    left, right = st.columns([2, 3] if full() else [1, 2], gap="large")
    with left:
        form, is_asked = launch_form(info, run)
    with right:
        _panel(info, run, before)
        if full() and form is not None and not form.problems:
            around_run(info, form.config, run)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("train", shown)
    if run is not None and run.has_model and run.state not in ALIVE:
        next_button(
            "evaluate", _("Next: judge this network"), highlighted=not is_asked and run.state == "completed"
        )


def _panel(info: DatasetInfo, run: Run | None, before: Run | None) -> None:
    if run is None:
        st.info(_("Press Train. The curve appears here within seconds, and grows while the network learns."))
        return
    if info.simulated:
        simulated_badge()
    training_panel(run, before)


main()
