"""Learn 5: three controls, a button, and a curve that grows."""

from typing import Literal

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import LightboxError
from core.jobs.status import ALIVE
from core.language import _
from core.runs.records import Parent
from core.runs.store import Run
from core.training import launch
from core.training.config import TrainingConfig
from ui.controls import (
    Key,
    error_box,
    glossary_chips,
    guard,
    lesson_header,
    lesson_more,
    next_button,
    pick_dataset,
    recall,
    self_check,
    simulated_badge,
)
from ui.training.form import changes, field_title, latest_runs, reset_form, training_form
from ui.training.panel import training_panel


def main() -> None:
    shown = lesson_header("train")
    info = pick_dataset()
    if info is None:
        return
    run, before = latest_runs(info)
    left, right = st.columns([1, 2], gap="large")
    with left:
        is_asked = _form(info, run)
    with right:
        _panel(info, run, before)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("train", shown)
    if run is not None and run.has_model and run.state not in ALIVE:
        next_button(
            "evaluate", _("Next: judge this network"), highlighted=not is_asked and run.state == "completed"
        )


def _form(info: DatasetInfo, run: Run | None) -> bool:
    """Show the form; tell whether training is what this visitor has still to do."""
    is_alive = run is not None and run.state in ALIVE
    with st.container(border=True, key="train-form"):
        try:
            config = training_form(info, run)
        except LightboxError as error:
            error_box(error)
            return False
        if run is not None:
            _changed(config, run)
        is_asked = _is_next(config, run)
        kind: Literal["primary", "secondary"] = "primary" if is_asked else "secondary"
        if st.button(_("Train"), key="train-start", type=kind, disabled=is_alive, width="stretch"):
            with guard():
                _start(config, run)
        if run is not None:
            text = _("Back to the last settings")
            st.button(
                text, key="train-reset", on_click=reset_form, args=(run,), type="tertiary", width="stretch"
            )
    return is_asked


def _is_next(config: TrainingConfig, run: Run | None) -> bool:
    """Tell whether to train comes next: nothing was trained in this visit, or the settings have changed."""
    if run is None or run.state in ALIVE:
        return True
    if run.state != "completed":
        return False  # to go on comes first
    return run.run_id != recall(Key.LIVE_RUN, "") or bool(changes(config, run.config))


def _start(config: TrainingConfig, run: Run | None) -> None:
    parent = Parent(run=run.run_id) if run is not None else None
    started = launch.launch(config, parent=parent)
    st.session_state[Key.LIVE_RUN] = st.session_state[Key.RUN] = started.run_id
    st.rerun()


def _changed(config: TrainingConfig, run: Run) -> None:
    """Say what differs from the last run; more than one thing at once is no experiment."""
    names = [field_title(name) for name in changes(config, run.config)]
    if len(names) > 1:
        named = ", ".join(names)
        st.caption(
            _("{n} changes at once ({names}): no curve can tell which did it.", n=len(names), names=named)
        )


def _panel(info: DatasetInfo, run: Run | None, before: Run | None) -> None:
    if run is None:
        st.info(_("Press Train. The curve appears here within seconds, and grows while the network learns."))
        return
    if info.simulated:
        simulated_badge()
    training_panel(run, before)


main()
