"""The form of a training run: three controls at Basic, sections at Full; problems beside their fields."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import BaseModel

from core.datasets.records import DatasetInfo, SplitConfig
from core.language import _
from core.runs.store import Run
from core.training.config import Problem, TrainingConfig, parse_config, unchecked_config
from ui.fields import changed_mark
from ui.handover import forget_changes, handed_over, show_handover
from ui.session import full
from ui.training.facts import notes_of, problems_of
from ui.training.marks import kept_changes
from ui.training.mending import forget_mended, mended, offer_mending, show_problem
from ui.training.one_field import FormState, draw_field
from ui.training.pictures import section_picture
from ui.training.sections import BASIC_FIELDS, SECTIONS, Section, applies
from ui.training.values import (
    changes,
    current_config,
    first_values,
    forget_widgets,
    latest_runs,
    put_value,
)

__all__ = [
    "Form",
    "changes",
    "field_title",
    "field_titles",
    "latest_runs",
    "reset_form",
    "settings_now",
    "training_form",
]


@dataclass(frozen=True)
class Form:
    """What the form describes, and what stands in the way of training it."""

    config: TrainingConfig
    problems: tuple[Problem, ...] = ()


def training_form(info: DatasetInfo, previous: Run | None) -> Form:
    """Show the form and return what it describes.

    Parameters
    ----------
    info
        The data set to train on.
    previous
        The run whose settings the form begins with; what differs from them is marked.

    Raises
    ------
    UserError
        A value that cannot be at all.
    """
    values = first_values(info, previous, show_handover(info.dataset_id) | mended(info))
    now = current_config(values, previous)
    found = problems_of(now, info)
    state = FormState(info, unchecked_config(values), now, previous, found, notes_of(now, info, found))
    for name in BASIC_FIELDS:
        put_value(values, name, draw_field(name, state))
    if full():
        for section in SECTIONS:
            _section(section, values, state)
    _out_of_sight(state)
    _kept_changes(state)
    config = unchecked_config(values)
    return Form(config, tuple(problems_of(config, info)))


def settings_now(info: DatasetInfo) -> TrainingConfig:
    """Return what Train would be asked for now, without showing its form.

    That is: the settings of the last run, what lessons handed over, and the form's widgets as they were left;
    but for the augmentations, which stand as they were handed over.

    Raises
    ------
    UserError
        The settings do not go together.
    """
    previous, _before = latest_runs(info)
    values = first_values(info, previous, handed_over(info.dataset_id) | mended(info))
    config = current_config(values, previous)
    return parse_config(config.model_dump(mode="json") | {"augmentations": values["augmentations"]})


def reset_form(run: Run | None) -> None:
    """Put every widget of the form back to the settings of `run`, or to the defaults."""
    forget_widgets(run)
    forget_mended()
    forget_changes()


def field_title(name: str) -> str:
    """Return the shown title of a field by its dotted name."""
    model: type[BaseModel] = SplitConfig if name.startswith("split.") else TrainingConfig
    field = model.model_fields.get(name.rpartition(".")[2])
    return _(field.title) if field and field.title else name


def field_titles() -> dict[str, str]:
    """Return the shown titles of all fields by dotted name."""
    names = [*TrainingConfig.model_fields, *(f"split.{name}" for name in SplitConfig.model_fields)]
    return {name: field_title(name) for name in names}


def _section(section: Section, values: dict[str, Any], state: FormState) -> None:
    """Show the fields of a section that play a part, and its picture where it is open."""
    key = f"train-section-{section.name}"
    if any(problem.field in section.fields for problem in state.problems):
        st.session_state[key] = True
    is_changed = any(name in state.changed for name in section.fields)
    title = changed_mark(_(section.title)) if is_changed else _(section.title)
    with st.expander(title, key=key, on_change="rerun") as part:
        for name in section.fields:
            if applies(name, state.now):
                put_value(values, name, draw_field(name, state))
        if part.open:
            section_picture(section.name, state.now, state.info)


def _shown(state: FormState) -> set[str]:
    """Return the fields that are in sight."""
    shown = {name for section in SECTIONS for name in section.fields if full() and applies(name, state.now)}
    return shown | set(BASIC_FIELDS)


def _kept_changes(state: FormState) -> None:
    """Name what differs from the run in fields that are not in sight."""
    if state.previous is not None:
        shown = _shown(state)
        hidden = {name: pair for name, pair in state.changed.items() if name not in shown}
        kept_changes(hidden, field_titles(), state.previous)


def _out_of_sight(state: FormState) -> None:
    """Show the problems whose field is not in sight, each with a way out."""
    for problem in state.problems:
        if problem.field not in _shown(state):
            key = f"train-problem-{problem.field.replace('.', '-')}"
            show_problem(problem, key=key)
            offer_mending(problem, state.now, state.info, key=f"train-mend-{problem.field}")
