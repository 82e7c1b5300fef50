"""A table of pictures whose classes can be changed; what is changed is kept aside until it is saved.

The editor of a table keeps its changes by the place of a row, so a table with other rows is another editor:
`_editor` gives each its number, and begins it with what was changed before.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.doubts import Doubt
from core.language import _
from ui import cache
from ui.dataset_view import class_title
from ui.pickers import SPLIT_TITLES

ROWS_PER_PAGE: Final = 10
_ROW_HEIGHT: Final = 68
_HEADER_HEIGHT: Final = 35
_SIDE: Final = 128  # of a thumbnail: twice what is shown, for dense screens


@dataclass(frozen=True)
class Choice:
    """What stands in the table: the samples in order, and what is doubted about some of them."""

    sample_ids: Sequence[int]
    doubts: dict[int, Doubt]


def corrections(info: DatasetInfo) -> dict[int, str]:
    """Return what this visitor has changed and not saved: sample_id to class. Change it by `put`."""
    kept: dict[int, str] = st.session_state.get(_key(info), {})
    labels = cache.samples(info.dataset_id)["label"].to_numpy()
    return {number: label for number, label in kept.items() if labels[number] != label}


def put(info: DatasetInfo, changed: dict[int, str]) -> None:
    """Remember these corrections instead of all before, and begin the table anew."""
    st.session_state[_key(info)] = changed
    st.session_state.pop(f"{_key(info)}-editor", None)


def label_table(info: DatasetInfo, choice: Choice) -> list[int]:
    """Show one page of the table and remember what is changed in it; return the samples that are ticked."""
    n_pages = max(1, -(-len(choice.sample_ids) // ROWS_PER_PAGE))
    page = 1
    if n_pages > 1:
        page = min(int(st.session_state.get("labels-page", 1)), n_pages)
    shown = list(choice.sample_ids)[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
    number, base = _editor(info, shown)
    edited = st.data_editor(
        _frame(info, shown, base, choice.doubts),
        column_config=_columns(info, base),
        disabled=[_("Picture"), _("Number"), _("Looks like"), _("Patient"), _("Split")],
        hide_index=True,
        row_height=_ROW_HEIGHT,
        height=_HEADER_HEIGHT + _ROW_HEIGHT * len(shown) + 2,
        key=f"labels-editor-{info.dataset_id}-{number}",
        alt=_("Table of images with their classes, which can be changed."),
    )
    if n_pages > 1:
        st.pagination(n_pages, key="labels-page")
    merged = merge(
        corrections(info), cache.samples(info.dataset_id)["label"], edited, _("Number"), _("Class")
    )
    st.session_state[_key(info)] = merged
    return [int(one) for one in edited.loc[edited[_("Chosen")].astype(bool), _("Number")]]


def merge(
    before: dict[int, str], labels: "pd.Series[str]", edited: pd.DataFrame, number: str, label: str
) -> dict[int, str]:
    """Return the corrections with those of an edited page in them; what is again as it was is none.

    Parameters
    ----------
    before
        sample_id to class, of all pages.
    labels
        The classes as they are, by sample_id.
    edited
        The page.
    number, label
        Its columns with the sample_id and the class.
    """
    merged = dict(before)
    for sample_id, chosen in zip(edited[number].astype(int), edited[label], strict=True):
        if chosen == labels.iloc[sample_id] or not isinstance(chosen, str):
            merged.pop(sample_id, None)
        else:
            merged[sample_id] = chosen
    return merged


def _editor(info: DatasetInfo, shown: list[int]) -> tuple[int, dict[int, str]]:
    """Return the number of the editor of these rows, and the corrections that it began with."""
    key = f"{_key(info)}-editor"
    rows = [info.revision, *shown]
    last: dict[str, Any] = st.session_state.get(key, {})
    if last.get("rows") != rows:
        number = int(st.session_state.get("labels-editors", 0)) + 1
        st.session_state["labels-editors"] = number
        last = {"rows": rows, "number": number, "base": corrections(info)}
        st.session_state[key] = last
    return last["number"], last["base"]


def _frame(
    info: DatasetInfo, shown: list[int], base: dict[int, str], doubts: dict[int, Doubt]
) -> pd.DataFrame:
    samples = cache.samples(info.dataset_id).iloc[shown]
    columns: dict[str, Any] = {
        _("Chosen"): [False] * len(shown),
        _("Picture"): [_picture(info, number) for number in shown],
        _("Number"): shown,
        _("Class"): [base.get(number, label) for number, label in zip(shown, samples["label"], strict=True)],
    }
    if any(number in doubts for number in shown):
        columns[_("Looks like")] = [_doubt(doubts.get(number)) for number in shown]
    if info.n_patients is not None:
        columns[_("Patient")] = samples["patient_id"].fillna("").tolist()
    if info.splits:
        columns[_("Split")] = [
            _(SPLIT_TITLES[name]) if name in SPLIT_TITLES else "" for name in samples["split"]
        ]
    return pd.DataFrame(columns)


def _columns(info: DatasetInfo, base: dict[int, str]) -> dict[str, Any]:
    options = list(dict.fromkeys([*info.class_names, *base.values()]))
    config = st.column_config
    return {
        _("Chosen"): config.CheckboxColumn(
            "✓", width=44, help=_("Tick images to give them a class together.")
        ),
        _("Picture"): config.ImageColumn(_("Picture"), width=90),
        _("Number"): config.NumberColumn(width=80, format="%d"),
        _("Class"): config.SelectboxColumn(
            width=150, options=options, required=True, format_func=lambda name: class_title(str(name))
        ),
    }


def _doubt(doubt: Doubt | None) -> str:
    if doubt is None:
        return ""
    return _("{other} (own class: {p:.0%})", other=doubt.looks_like, p=doubt.p_label)


def _picture(info: DatasetInfo, sample_id: int) -> str:
    content = cache.thumbnail(info.dataset_id, sample_id, side=_SIDE)
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _key(info: DatasetInfo) -> str:
    return f"corrections-{info.dataset_id}"
