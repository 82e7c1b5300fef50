"""Branch a run: choose a kept epoch and what changes from there on, and launch."""

from typing import Any

import streamlit as st

from core.errors import UserError
from core.jobs.status import ALIVE
from core.language import _, joined
from core.runs.kept import kept_epochs
from core.runs.records import EpochMetrics
from core.runs.store import Run, open_run
from core.training.branching import branch, branched_config
from core.training.config import TrainingConfig, differences
from core.training.rates import rate_at
from ui import cache
from ui.messages import escape, guard
from ui.runs.branch_fields import branch_fields
from ui.runs.kept_view import kept_view
from ui.runs.selection import choose
from ui.runs.words import changes_in_words
from ui.session import Key, use_language

_REFRESH_SECONDS = 3.0
_STEPS = 1000  # of an epoch, where only the place in the schedule counts


def branch_section(run: Run) -> None:
    """Offer to go on from a kept epoch of a run with something changed, and show what the epochs take."""
    epochs = kept_epochs(run)
    if not epochs:
        _say_none(run)
    else:
        st.markdown(
            _(
                "A branch goes on from a kept epoch, with what you change and nothing else: until there the"
                " two runs are the same, to the bit."
            )
        )
        epoch = _choose_epoch(run, epochs)
        changes = branch_fields(run, epoch)
        _launch(run, epoch, changes)
    if run.state in ALIVE:
        st.fragment(_watch, run_every=_REFRESH_SECONDS)(run.run_id, epochs)
    kept_view(run)


def _say_none(run: Run) -> None:
    if run.state in ALIVE:
        st.caption(_("No epoch is kept yet: the first one can be branched from as soon as it has ended."))
    else:
        st.caption(_("This run has kept none of its epochs: there is nothing to branch from."))


def _watch(run_id: str, epochs: tuple[int, ...]) -> None:
    """While the run goes on, do the page anew once more of its epochs are kept."""
    use_language()
    with guard():
        if kept_epochs(open_run(run_id)) != epochs:
            st.rerun()


def _choose_epoch(run: Run, epochs: tuple[int, ...]) -> int:
    key = f"branch-epoch-{run.run_id}"
    lines = {line.epoch: line for line in cache.metrics(run).epochs}
    if st.session_state.get(key) not in epochs:
        st.session_state[key] = _usual(run, epochs)
    chosen = int(
        st.selectbox(
            _("Branch from"),
            epochs,
            format_func=lambda epoch: _told(lines[epoch], run),
            key=key,
            persist_state="session",
        )
    )
    return chosen


def _usual(run: Run, epochs: tuple[int, ...]) -> int:
    """Return the best epoch if it is kept and has some left after it, else the last that has."""
    best = run.card.best_epoch if run.has_model else 0
    left = [epoch for epoch in epochs if epoch < run.config.epochs] or list(epochs)
    return best if best in left else left[-1]


def _told(line: EpochMetrics, run: Run) -> str:
    """Return an epoch with what was measured after it."""
    parts = [
        _("epoch {epoch} of {epochs}", epoch=line.epoch, epochs=run.config.epochs),
        _("validation loss {loss}", loss=f"{line.val_loss:.3f}"),
    ]
    if line.val_auroc is not None:
        parts.append(_("AUROC {auroc}", auroc=f"{line.val_auroc:.3f}"))
    if run.has_model and run.card.best_epoch == line.epoch:
        parts.append(_("the best"))
    return " · ".join(parts)


def _launch(run: Run, epoch: int, changes: dict[str, Any]) -> None:
    """Say what the branch would be, and launch it when the button is pressed."""
    try:
        config = branched_config(run, epoch, changes)
    except UserError as error:
        st.warning(escape(error), icon=":material/warning:")
        config = None
    if config is not None:
        _say(run, epoch, config)
    if st.button(
        _("Branch from epoch {epoch}", epoch=epoch),
        key="branch-launch",
        type="primary",
        icon=":material/fork_right:",
        disabled=config is None,
    ):
        with guard():
            child = branch(run.run_id, epoch, changes)
            st.session_state[Key.LIVE_RUN] = st.session_state[Key.RUN] = child.run_id
            choose([child.run_id])
            st.rerun()


def _say(run: Run, epoch: int, config: TrainingConfig) -> None:
    words = changes_in_words(differences(config, run.config))
    if words:
        st.markdown(_("From epoch {epoch} on: {changes}", epoch=epoch, changes=escape(joined(words, "; "))))
    else:
        st.caption(_("Nothing is changed: the branch would go on to the bit as this run did."))
    if config.schedule != "plateau":
        st.caption(
            _(
                "Its first step has a learning rate of {rate:.3g}: the schedule goes on from its place at"
                " epoch {epoch}.",
                rate=rate_at(config, epoch * _STEPS, _STEPS),
                epoch=epoch,
            )
        )
