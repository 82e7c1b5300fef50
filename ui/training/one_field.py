"""One field of a training's form: its widget, and under it what is wrong with the value or worth knowing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import streamlit as st

from core.datasets.records import DatasetInfo, SplitConfig
from core.language import N_, _
from core.models.catalog import MODELS
from core.runs.store import Run
from core.training.config import Problem, TrainingConfig
from ui.fields import field_widget
from ui.messages import escape
from ui.training.augmentations_field import augmentations_field
from ui.training.facts import sentences
from ui.training.keeping import kept_in_words, rule_in_words
from ui.training.marks import change_mark
from ui.training.mending import show_problem
from ui.training.network_field import network_field
from ui.training.values import changes, value_of, widget_key
from ui.weights_form import weights_field

_STEPS: Final[dict[str, tuple[float, ...]]] = {
    "fine_tuning_factor": (0.01, 0.03, 0.1, 0.3, 1.0),
    "rate_factor": (0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
    "gradient_clip": (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0),
}
_EMPTY: Final = {"dropout": N_("as published"), "focal_alpha": N_("both alike")}


@dataclass(frozen=True)
class FormState:
    """All that a field is drawn with.

    Attributes
    ----------
    start, now
        The config the form began with, and the one it stands at.
    previous
        The run it began from; what differs from its settings is marked.
    problems, notes
        What stands in the way of a launch, and what is worth knowing before it.
    """

    info: DatasetInfo
    start: TrainingConfig
    now: TrainingConfig
    previous: Run | None
    problems: Sequence[Problem]
    notes: Sequence[Problem]

    @property
    def reference(self) -> TrainingConfig | None:
        """The settings to compare with."""
        return self.previous.config if self.previous else None

    @cached_property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """What differs from the run's settings, by dotted name: (value now, value then)."""
        return changes(self.now, self.previous.config) if self.previous else {}


def draw_field(name: str, state: FormState) -> Any:
    """Show a field's widget and return what was chosen; what is wrong with it stands under it."""
    key = widget_key(name, state.previous)
    chosen = widget_of(name, state, key)
    if state.previous is not None and name in state.changed:
        change_mark(name, state.changed[name], state.previous)
    for problem in sentences(state.problems, name):
        show_problem(problem, key=f"train-problem-{name.replace('.', '-')}")
    for note in sentences(state.notes, name):
        st.caption(f":material/info: {escape(note.reason)}")
    if name == "keep_epochs":
        st.caption(f":material/info: {kept_in_words(state.now)} {rule_in_words(state.now.keep_epochs)}")
    return chosen


def widget_of(name: str, state: FormState, key: str) -> Any:
    """Show the widget of a field alone, under a key of its own, and return what was chosen."""
    if name == "model":
        return network_field(state.start.model, key=key, reference=state.reference)
    if name == "augmentations":
        return augmentations_field(state.start.augmentations, key)
    if name == "weights_from":
        value = state.start.weights_from
        return weights_field(state.info, state.now.model, value, key=key, reference=state.reference)
    return _plain_widget(name, state, key)


def _plain_widget(name: str, state: FormState, key: str) -> Any:
    outer, _dot, inner = name.rpartition(".")
    reference = state.reference
    value = value_of(state.start, name)
    options = _options(name, state, st.session_state.get(key, value))
    if name == "split.fold" and st.session_state.get(key, 1) > state.now.split.n_folds:
        st.session_state[key] = state.now.split.n_folds  # there are fewer folds now
    return field_widget(
        SplitConfig if outer else TrainingConfig,
        inner,
        value,
        key=key,
        reference=(reference.split if outer else reference) if reference else None,
        options=options,
        names=_number_name if name in _STEPS else None,
        empty=_(_EMPTY[name]) if name in _EMPTY else "",
    )


def _options(name: str, state: FormState, now: Any) -> list[Any] | None:
    """Return the only values to offer, the present one among them; None where the field's range says it."""
    if name == "split.fold":
        return list(range(1, state.now.split.n_folds + 1))
    if name == "unfrozen_blocks":
        n_blocks = len(MODELS[state.now.model].blocks)
        return sorted({*range(1, n_blocks + 1), now, value_of(state.start, name)})
    return sorted({*_STEPS[name], now, value_of(state.start, name)}) if name in _STEPS else None


def _number_name(number: float) -> str:
    return f"{number:g}" if number else _("off")
