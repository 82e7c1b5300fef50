"""What stands beside the form of a training run: its live curve, its buttons, its result."""

import streamlit as st

from core.jobs.status import ALIVE
from core.language import _
from core.runs.store import Run
from core.training import launch
from core.training.config import TrainingConfig
from core.transforms.catalog import AUGMENTATIONS
from ui.live import live_run
from ui.messages import guard
from ui.time_machine.link import see_it_learn
from ui.training.again import again_button
from ui.training.result_lines import result_lines
from ui.training.seeds_view import seeds_section


def training_panel(run: Run, before: Run | None) -> None:
    """Follow `run`, with the curve of the run that it was made from behind."""
    live_run(run.run_id, key="train-curve", is_whole=True)
    for note in _not_alike(run.config):
        st.caption(note)
    run_buttons(run)
    see_it_learn(run, key="train-see")
    result_lines(run, before)
    if before is not None:
        again_button(before, label=_("Another change of its parent…"))
    if run.state not in ALIVE and run.has_model:
        with st.expander(
            _("Is it luck? Repeat it with other seeds"), key="train-seeds", on_change="rerun"
        ) as part:
            if part.open:
                seeds_section(run)


def _not_alike(config: TrainingConfig) -> list[str]:
    """Say why the training loss cannot be held against the validation loss, where it cannot."""
    notes = []
    if config.balance == "class weights":
        notes.append(
            _(
                "Class weights are on: the training loss counts each image by the weight of its class, the"
                " validation loss counts all images alike. Do not hold one against the other."
            )
        )
    elif config.balance != "plain":
        notes.append(
            _(
                "The training loss is that of classes made equally frequent, the validation loss that of the"
                " classes as they are. Do not hold one against the other."
            )
        )
    if any(AUGMENTATIONS[step.name].stage == "mixing" for step in config.augmentations):
        notes.append(
            _(
                "Images and labels are mixed in training: its loss stays above 0, however well the network"
                " learns."
            )
        )
    return notes


def run_buttons(run: Run) -> None:
    """Show Stop while a run is at work, Go on where it can be resumed."""
    state = run.state
    if state in ALIVE:
        if st.button(_("Stop"), key="train-stop"):
            with guard():
                launch.stop(run.run_id)
                st.toast(_("It stops at the next batch; you can let it go on later."))
    elif state != "completed" and st.button(_("Go on"), key="train-resume", type="primary"):
        with guard():
            launch.resume(run.run_id)
            st.rerun()
