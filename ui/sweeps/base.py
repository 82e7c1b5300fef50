"""The settings that a sweep begins with: those of a run."""

import streamlit as st

from core.errors import UserError
from core.language import _
from core.runs.store import Run, list_runs, open_run
from core.training.config import TrainingConfig
from ui.messages import empty_state, escape
from ui.session import Key, full, recall
from ui.sweeps.words import time_text, value_text

_MOST_OFFERED = 40
_KEY = "sweeps-base"


def choose_base() -> Run | None:
    """Return the run whose settings are varied; at Full the visitor chooses it."""
    names = [run.run_id for run in list_runs() if run.request.group is None][:_MOST_OFFERED]
    if not names:
        empty_state(
            _("No runs yet"),
            _("A sweep varies the settings of a run: train a first one, it takes about half a minute."),
            action=_("Train a network"),
            page="train",
        )
        return None
    known = [name for name in (recall(Key.LIVE_RUN), recall(Key.RUN)) if name in names]
    first = known[0] if known else names[0]
    if not full():
        return open_run(first)
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = first
    name = st.selectbox(_("Begin with the settings of"), names, key=_KEY, persist_state="session")
    return open_run(name)


def config_of(run: Run) -> TrainingConfig:
    """Return the settings of a run without what follows from its machine."""
    return run.config.model_copy(update={"threads": None})


def say_base(run: Run, config: TrainingConfig) -> None:
    """Say in a line what is not varied."""
    text = _(
        "Everything else stays as in **{run}**: {model}, {epochs} epochs, data set {dataset}.",
        run=escape(run.run_id),
        model=escape(value_text(config.model)),
        epochs=config.epochs,
        dataset=escape(config.dataset),
    )
    st.caption(text)


def time_guess(run: Run, n_trials: int, n_workers: int) -> str:
    """Return how long so many trials take if each is like the run; empty where that is not known."""
    try:
        epochs = run.epochs
    except (OSError, UserError):
        return ""
    if not epochs:
        return ""
    whole = epochs[-1].seconds / len(epochs) * run.config.epochs * n_trials
    told = _(
        "{n} trials like this one: {time} of training, one after the other.",
        n=n_trials,
        time=time_text(whole),
    )
    return f"{told} {_('Several places in the queue shorten it.')}" if n_workers > 1 else told
