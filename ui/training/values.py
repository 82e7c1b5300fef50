"""What the form of a training stands at: the settings it begins with, and the widgets as they were left."""

import copy
from typing import Any, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import UserError
from core.runs.store import Run, list_runs, open_run
from core.training.config import TrainingConfig, differences, parse_config, unchecked_config
from core.training.repetition import is_seed_group
from ui.handover import is_left_behind, present
from ui.session import Key, full, recall
from ui.training.sections import ALL_FIELDS, BASIC_FIELDS, applies

_OWN_MACHINE: Final = ("threads", "preprocessing")  # no widgets: they follow from the machine and the data


def latest_runs(info: DatasetInfo) -> tuple[Run | None, Run | None]:
    """Return the run of a data set that Train begins from, and the run which that one was made from.

    The first is the run of "again, but ...", or the one that this visitor started last, or the newest. A run
    that is one of a group (a fold, a trial of a sweep, another seed) is the newest for nobody.
    """
    sent = None if is_left_behind() else present()
    asked = sent.run if sent is not None and sent.dataset == info.dataset_id else None
    run = _run_of(info, asked) or _run_of(info, recall(Key.LIVE_RUN)) or _newest(info)
    parent = run.request.parent if run else None
    return run, _run_of(info, parent.run) if parent else None


def changes(config: TrainingConfig, previous: TrainingConfig) -> dict[str, tuple[Any, Any]]:
    """Return what a visitor changed, (value now, value then) by field, without what follows from it."""
    found = differences(config, previous)
    return {name: pair for name, pair in found.items() if name.split(".")[0] not in _OWN_MACHINE}


def widget_key(name: str, previous: Run | None) -> str:
    """Return a widget's key: another run to begin with means other widgets, which show its settings."""
    return f"train-{name.replace('.', '-')}" + (f"-{previous.run_id}" if previous else "")


def first_values(info: DatasetInfo, previous: Run | None, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the plain values that the form begins with: of the last run, then what was sent to Train.

    `sent` is by dotted name: "split.seed".
    """
    reference = previous.config if previous else parse_config({"dataset": info.dataset_id})
    values = reference.model_dump(mode="json") | {"dataset": info.dataset_id, "threads": None}
    for name, value in sent.items():
        put_value(values, name, value)
    return values


def put_value(values: dict[str, Any], name: str, value: Any) -> None:
    """Put one field into plain values, by its dotted name; TrainingConfig refuses what it does not know."""
    *outer, inner = name.split(".")
    for part in outer:
        if not isinstance(values.get(part), dict):
            values[part] = {}
        values = values[part]
    values[inner] = value


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


def _run_of(info: DatasetInfo, run_id: str | None) -> Run | None:
    """Return a run by name if it is there, can be read, and learned from this data set."""
    try:
        run = open_run(run_id) if run_id else None
        return run if run is not None and info.is_called(run.config.dataset) else None
    except UserError:
        return None


def _newest(info: DatasetInfo) -> Run | None:
    for run in list_runs():
        found = _run_of(info, run.run_id)
        if found is not None and not found.is_fold and not is_seed_group(found.request.group):
            return found
    return None


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
