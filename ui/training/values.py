"""What the form of a training stands at: the settings it begins with, and the widgets as they were left."""

import copy
from typing import Any, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.runs.store import Run, list_runs
from core.training.config import TrainingConfig, differences, parse_config, unchecked_config
from ui.session import Key, full, recall
from ui.training.sections import ALL_FIELDS, BASIC_FIELDS, applies

_OWN_MACHINE: Final = ("threads", "preprocessing")  # no widgets: they follow from the machine and the data


def latest_runs(info: DatasetInfo) -> tuple[Run | None, Run | None]:
    """Return the run of a data set that Train begins from, its newest, and the one before it.

    A fold of a cross-validation is one only for a visitor who opened it: its split is its own.
    """
    runs = {run.run_id: run for run in list_runs() if info.is_called(run.config.dataset)}
    newest = next((run for run in runs.values() if not run.is_fold), None)
    run = runs.get(recall(Key.LIVE_RUN, ""), newest)
    parent = run.request.parent if run else None
    return run, runs.get(parent.run) if parent else None


def changes(config: TrainingConfig, previous: TrainingConfig) -> dict[str, tuple[Any, Any]]:
    """Return what a visitor changed, (value now, value then) by field, without what follows from it."""
    found = differences(config, previous)
    return {name: pair for name, pair in found.items() if name.split(".")[0] not in _OWN_MACHINE}


def widget_key(name: str, previous: Run | None) -> str:
    """Return a widget's key: another run to begin with means other widgets, which show its settings."""
    return f"train-{name.replace('.', '-')}" + (f"-{previous.run_id}" if previous else "")


def first_values(info: DatasetInfo, previous: Run | None, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the plain values that the form begins with: of the last run, then what was sent to Train."""
    reference = previous.config if previous else parse_config({"dataset": info.dataset_id})
    values = reference.model_dump(mode="json") | {"dataset": info.dataset_id, "threads": None}
    return values | sent


def current_config(values: dict[str, Any], previous: Run | None) -> TrainingConfig:
    """Return the config that the form stands at, before it is drawn; it may have problems.

    Widgets that this level does not show, and fields that play no part in the run, stand as they began.

    Raises
    ------
    UserError
        A value that cannot be at all.
    """
    names = ALL_FIELDS if full() else BASIC_FIELDS
    everything = unchecked_config(_with_widgets(values, names, previous))
    shown = [name for name in names if applies(name, everything)]
    return unchecked_config(_with_widgets(values, shown, previous))


def value_of(config: TrainingConfig, name: str) -> Any:
    """Return the value of a field by its dotted name, as plain data."""
    outer, _dot, inner = name.rpartition(".")
    return getattr(config.split if outer else config, inner)


def forget_widgets(run: Run | None) -> None:
    """Put every widget of the form back to the settings of `run`, or to the defaults."""
    for name in ALL_FIELDS:
        st.session_state.pop(widget_key(name, run), None)
    st.session_state.pop(f"{widget_key('augmentations', run)}-preset", None)


def _with_widgets(
    values: dict[str, Any], names: tuple[str, ...] | list[str], previous: Run | None
) -> dict[str, Any]:
    found = copy.deepcopy(values)
    for name in names:
        key = widget_key(name, previous)
        if key not in st.session_state:
            continue
        outer, _dot, inner = name.rpartition(".")
        place = found[outer] if outer else found
        chosen = st.session_state[key]
        place[inner] = _steps(chosen, key, values) if inner == "augmentations" else chosen
    folds, split = found["split"]["n_folds"], found["split"]
    found["split"] = split | {"fold": min(split["fold"], folds)}
    return found


def _steps(names: list[str], key: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the augmentations of these names; those of the chosen preset keep its parameters."""
    from ui.training.augmentations_field import steps_of

    return steps_of(names, st.session_state.get(f"{key}-preset"), values["augmentations"])
