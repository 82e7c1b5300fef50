"""Again, but with something changed: the form of Train begins with any run's settings.

What is asked for stands in the session (ui/handover.py) and, while Train is open, in the address: a reload
keeps it, a link hands it on, and two tabs do not disturb each other.
"""

import json
from typing import Any, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.datasets.store import list_datasets
from core.errors import LightboxError, StateError, UserError
from core.language import N_, _
from core.runs.store import Run, open_run
from core.training.config import TrainingConfig
from ui.handover import Handover, forget_run, hand_over, is_left_behind, present
from ui.messages import error_box, escape, guard
from ui.navigation import go_to
from ui.session import Key, recall
from ui.training.sections import section_of
from ui.training.values import changes as changed_fields
from ui.training.values import forget_widgets

_RUN: Final = "again"  # names in the address
_CHANGES: Final = "set"


def go_again(run_id: str, changes: dict[str, Any] | None = None) -> None:
    """Leave for Train, whose form begins with the settings of a run; the run that it starts is its child.

    Parameters
    ----------
    run_id
        Any run: an old one, one that came with Lightbox, a fold, a trial, one still at work.
    changes
        What to change in its settings, by dotted name ("split.seed"), as plain values; `augmentations` as a
        list of steps. They are filled in and marked, and nothing starts by itself.

    Raises
    ------
    UserError
        The run is gone or cannot be read, or the images it learned from are gone.
    """
    _begin(run_id, changes or {})
    go_to("train")


def again_button(run: Run, *, key: str = "again", label: str = "") -> None:
    """Offer to train a run again with something changed; `label` is translated."""
    hint = _("Opens the form with the settings of this run: change one thing.")
    name = label or _("Again, but…")
    if st.button(name, key=f"{key}-{run.run_id}", icon=":material/replay:", help=hint):
        with guard():
            go_again(run.run_id)


def asked_again(info: DatasetInfo) -> Run | None:
    """Return the run that "again, but ..." asked for, if it is one of this data set and still there."""
    sent = present()
    if sent is None or sent.run is None or sent.dataset != info.dataset_id:
        return None
    try:
        return open_run(sent.run)
    except UserError:
        return None


def take_address() -> None:
    """Take up what the address asks for, once: a reload or a link. What cannot be done is one sentence.

    What was asked for before is over once the visitor follows another run.
    """
    if is_left_behind():
        forget_again()
    run_id, sent = st.query_params.get(_RUN), present()
    if run_id is None or (sent is not None and sent.run is not None):
        return
    try:
        _begin(run_id, _read_changes(st.query_params.get(_CHANGES, "{}")))
    except LightboxError as error:
        _leave_address()
        error_box(error)


def write_address(config: TrainingConfig, run: Run) -> None:
    """Let the address say which run it is about and what was changed so far, so that a reload keeps it."""
    now = {name: value for name, (value, _then) in changed_fields(config, run.config).items()}
    wanted = {_RUN: run.run_id} | ({_CHANGES: json.dumps(now, separators=(",", ":"))} if now else {})
    for name in (_RUN, _CHANGES):
        if name in wanted and st.query_params.get(name) != wanted[name]:
            st.query_params[name] = wanted[name]
        elif name not in wanted:
            st.query_params.pop(name, None)


def again_note(info: DatasetInfo) -> None:
    """Say above the form which run it begins from, and offer the way out."""
    sent = present()
    if sent is None or sent.run is None:
        return
    run = asked_again(info)
    with st.container(key="train-again", gap="small"):
        if run is not None:
            st.markdown(_(":material/replay: Again, but…: the settings of **{run}**", run=escape(sent.run)))
        elif sent.dataset != info.dataset_id:
            text = _(
                "'{run}' learned from '{dataset}', not from these images: choose that data set to go on.",
                run=escape(sent.run),
                dataset=escape(sent.dataset),
            )
            st.info(text)
        else:
            st.info(_("'{run}' is gone since; the form has other settings.", run=escape(sent.run)))
        text = _("Start from the last run's settings instead")
        st.button(text, key="train-again-forget", type="tertiary", on_click=forget_again)


def forget_again() -> None:
    """Begin from the last run again."""
    forget_run()
    _leave_address()


def _begin(run_id: str, changes: dict[str, Any]) -> None:
    run = open_run(run_id)
    info = _images_of(run)
    forget_widgets(run)
    for section in filter(None, map(section_of, changes)):  # what is filled in should be seen
        st.session_state[f"train-section-{section.name}"] = True
    hand_over(Handover(info.dataset_id, {}, run_id, changes, recall(Key.LIVE_RUN)))
    st.session_state[Key.DATASET] = info.dataset_id


def _images_of(run: Run) -> DatasetInfo:
    name = run.config.dataset
    for info in list_datasets():
        if info.is_called(name):
            return info
    text = N_("The images that '{run}' learned from, '{dataset}', are gone: it cannot be trained again.")
    raise StateError(text, run=run.run_id, dataset=name)


def _read_changes(written: str) -> dict[str, Any]:
    """Return the changes that an address names; what is no JSON object is somebody's slip and no change."""
    try:
        found = json.loads(written)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _leave_address() -> None:
    for name in (_RUN, _CHANGES):
        st.query_params.pop(name, None)
