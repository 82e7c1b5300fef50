"""The form with its buttons: train, go back to the last settings, and what is known before a launch."""

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
from ui.estimate_view import estimate_line
from ui.messages import error_box, guard
from ui.session import Key, full, recall
from ui.training.again import again_note, asked_again, forget_again, write_address
from ui.training.asked_view import asked_view
from ui.training.form import Form, changes, field_titles, reset_form, training_form
from ui.training.marks import sum_up
from ui.training.mending import forget_mended


def launch_form(info: DatasetInfo, run: Run | None) -> tuple[Form | None, bool]:
    """Show the form; return it, and whether training is what this visitor has still to do.

    Parameters
    ----------
    info
        The data set to train on.
    run
        The run whose settings the form begins with.
    """
    with st.container(border=True, key="train-form"):
        again_note(info)
        try:
            form = training_form(info, run)
        except LightboxError as error:
            error_box(error)
            _back(run)
            return None, False
        is_again = asked_again(info) is not None
        if run is not None:
            if is_again:
                write_address(form.config, run)
            sum_up(changes(form.config, run.config), field_titles(), is_again=is_again)
        if full() and not form.problems:
            estimate_line(form.config, key="train-estimate")
        is_asked = _is_next(form.config, run)
        _train_button(form, run, highlighted=is_asked, is_again=is_again)
        _back(run)
        if full() and not form.problems:
            with st.expander(_("As a command or a file"), key="train-asked"):
                asked_view(form.config, field_titles(), n_channels=info.n_channels)
    return form, is_asked


def _train_button(form: Form, run: Run | None, *, highlighted: bool, is_again: bool) -> None:
    is_alive = run is not None and run.state in ALIVE and not is_again  # a child may wait for its parent
    kind: Literal["primary", "secondary"] = "primary" if highlighted and not form.problems else "secondary"
    locked = is_alive or bool(form.problems)
    if st.button(_("Train"), key="train-start", type=kind, disabled=locked, width="stretch"):
        with guard():
            _start(form.config, run)
    if form.problems and not is_alive:
        st.caption(_("Train waits until what is marked in red above is mended."))


def _back(run: Run | None) -> None:
    if run is not None:
        text = _("Back to the last settings")
        st.button(text, key="train-reset", on_click=reset_form, args=(run,), type="tertiary", width="stretch")


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
    forget_mended()
    forget_again()
    st.session_state[Key.LIVE_RUN] = st.session_state[Key.RUN] = started.run_id
    st.rerun()
