"""Choosing a data set, a run, a split and a sample. What is chosen is remembered from page to page."""

from collections.abc import Callable
from typing import Final, TypeVar

import streamlit as st

from core.datasets.catalog import DATASETS
from core.datasets.records import SPLIT_NAMES, DatasetInfo, Part, SplitName
from core.datasets.store import list_datasets
from core.errors import UnknownNameError
from core.jobs.status import STATE_NAMES
from core.language import N_, _
from core.runs.store import Run, list_runs
from ui import cache
from ui.messages import empty_state, error_box
from ui.session import Key, recall

_MOST_LISTED: Final = 5000  # a longer list is chosen by number
_Option = TypeVar("_Option", str, int)

SPLIT_TITLES: Final = {"train": N_("Training"), "val": N_("Validation"), "test": N_("Test")}
PART_TITLES: Final[dict[Part, str]] = {
    "train": N_("Training"),
    "val": N_("Validation"),
    "test": N_("Test"),
    "all": N_("All images"),
}
STATE_TITLES: Final = STATE_NAMES


def pick_dataset(*, label: str | None = None) -> DatasetInfo | None:
    """Let the visitor choose a data set; with none there, show the empty state and return None."""
    infos = {info.dataset_id: info for info in list_datasets()}
    if not infos:
        empty_state(
            _("No data set yet"),
            _("Bring images in first: a folder for each class is enough."),
            action=_("Bring in images"),
            page="bring",
        )
        return None
    if len(infos) == 1:
        st.session_state[Key.DATASET] = next(iter(infos))
        return next(iter(infos.values()))
    known = recall(Key.DATASET, "")
    if known not in infos:  # it may have been renamed since, and a run still calls it by its old name
        st.session_state[Key.DATASET] = next((name for name in infos if infos[name].is_called(known)), known)
    name = _remembered_choice(
        Key.DATASET, label or _("Data set"), list(infos), lambda name: _dataset_name(infos[name])
    )
    return infos[name]


def pick_run(*, trained: bool = True, label: str | None = None) -> Run | None:
    """Let the visitor choose a run; with none there, show the empty state and return None.

    Parameters
    ----------
    trained
        Offer only runs that have weights to use.
    label
        The picker's label.
    """
    # Folds, trials and models that came without images after the runs of their own.
    found = sorted(list_runs(), key=lambda run: run.is_fold or run.came_alone)
    runs = {run.run_id: run for run in found if run.has_model or not trained}
    if not runs:
        empty_state(
            _("No trained network yet"),
            _("Train one first: on the data that ships it takes about half a minute."),
            action=_("Train a network"),
            page="train",
        )
        return None
    _follow_address(list(runs))
    name = _remembered_choice(Key.RUN, label or _("Run"), list(runs), lambda name: _run_name(runs[name]))
    return runs[name]


def pick_split(*, key: str = "split", names: tuple[SplitName, ...] = SPLIT_NAMES) -> SplitName:
    """Let the visitor choose a split."""
    chosen = st.segmented_control(
        _("Part of the data"),
        names,
        format_func=lambda name: _(SPLIT_TITLES[name]),
        default=None if key in st.session_state else names[0],
        key=key,
        required=True,
        persist_state="session",
    )
    return chosen or names[0]


def pick_sample(info: DatasetInfo, *, label: str | None = None, class_name: str | None = None) -> int:
    """Let the visitor choose a sample by its number; return its sample_id.

    Parameters
    ----------
    info
        The data set.
    label
        The picker's label.
    class_name
        Offer only samples of this class.
    """
    table = cache.samples(info.dataset_id)
    if class_name is not None:
        table = table[table["label"] == class_name]
    ids = [int(sample_id) for sample_id in table["sample_id"]]
    if len(ids) > _MOST_LISTED:
        return int(st.number_input(label or _("Image"), min(ids), max(ids), key="sample-number"))
    labels = dict(zip(ids, table["label"], strict=True))
    return _remembered_choice(
        Key.SAMPLE, label or _("Image"), ids, lambda sample_id: f"{sample_id} · {labels[sample_id]}"
    )


def _remembered_choice(
    key: Key, label: str, options: list[_Option], name: Callable[[_Option], str]
) -> _Option:
    """Show a select box over what the session remembers under `key`, which other pages may have set."""
    widget_key = f"pick-{key}"
    if recall(key) not in options:
        st.session_state[key] = options[0]
    st.session_state[widget_key] = recall(key)

    def remember_choice() -> None:
        st.session_state[key] = st.session_state[widget_key]

    chosen = st.selectbox(label, options, format_func=name, key=widget_key, on_change=remember_choice)
    return chosen


def _follow_address(run_ids: list[str]) -> None:
    """Take the run that ?run=RUN_ID names, once: the picker may then choose another."""
    asked = st.query_params.get("run")
    if asked is None:
        return
    del st.query_params["run"]
    if asked in run_ids:
        st.session_state[Key.RUN] = asked
    else:
        error_box(UnknownNameError(N_("run"), asked, run_ids))


def _dataset_name(info: DatasetInfo) -> str:
    entry = DATASETS.get(info.dataset_id)
    return _("{title} ({n} images)", title=_(entry.title) if entry else info.title, n=info.n_images)


def _run_name(run: Run) -> str:
    return f"{run.run_id} · {_(STATE_TITLES[run.state])}"
