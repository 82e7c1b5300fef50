"""Correcting labels: which images to look at, the table, what is not saved yet, and the history."""

from datetime import datetime
from typing import Final

import streamlit as st

from core.datasets.editing import (
    LabelCorrection,
    correct_labels,
    last_save,
    list_edits,
    undo_last_edit,
)
from core.datasets.records import UNLABELLED, DatasetInfo
from core.datasets.shipped import shipped_names
from core.evaluation.doubts import Doubt, doubts_of
from core.language import _, joined, ngettext
from ui import cache
from ui.dataset_manage import copy_form
from ui.dataset_view import class_title
from ui.label_table import Choice, corrections, label_table, put
from ui.messages import escape, guard
from ui.pickers import SPLIT_TITLES

_ALL: Final = ""
_MOST_LINES: Final = 200


def label_view(info: DatasetInfo) -> None:
    """Show the labels of a data set, and let them be corrected where it is the visitor's own."""
    if info.dataset_id in shipped_names():
        text = _("This data set ships with Lightbox and stays as it is. Make a copy, and change its labels.")
        st.info(text, icon=":material/lock:")
        copy_form(info, key="labels-copy")
        return
    st.caption(
        _(
            "Change a class in the table, or tick images and give them one together. Each change is written"
            " down; runs go on knowing the labels that they were trained with."
        )
    )
    if saved := st.session_state.pop("labels-saved", None):
        st.success(saved, icon=":material/check_circle:")
    choice = _choose(info)
    if choice.sample_ids:
        ticked = label_table(info, choice)
        _together(info, choice, ticked)
    else:
        st.info(_("No image fits this choice."))
    _save_bar(info)
    _history(info)


def _choose(info: DatasetInfo) -> Choice:
    """Let the visitor choose which images stand in the table."""
    samples = cache.samples(info.dataset_id)
    doubts = {doubt.sample_id: doubt for doubt in _doubts(info)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="labels-filter"):
        classes = [_ALL, *info.class_names]
        label = st.selectbox(
            _("Class"),
            classes,
            format_func=lambda name: class_title(name) if name else _("all"),
            key="labels-class",
        )
        split = _ALL
        if info.splits:
            name = {"": _("all")} | {one: _(title) for one, title in SPLIT_TITLES.items()}
            split = st.selectbox(
                _("Split"), [_ALL, *info.splits], format_func=lambda one: name[one], key="labels-split"
            )
        is_doubtful = st.toggle(
            _("Only doubtful ones ({n})", n=len(doubts)),
            key="labels-doubtful",
            disabled=not doubts,
            help=_(
                "Images whose picture looks like another class, to the simple model of the profile or to the"
                " network trained last (on its validation images). A reason to look, not a verdict."
            ),
        )
    rows = samples
    if label:
        rows = rows[rows["label"] == label]
    if split:
        rows = rows[rows["split"] == split]
    ids = [int(number) for number in rows["sample_id"]]
    if is_doubtful and doubts:
        listed = set(ids)
        ids = [number for number in doubts if number in listed]
    return Choice(ids, doubts)


@st.cache_data(max_entries=8, show_spinner=False, ttl=60)
def _doubts_of(dataset_id: str, revision: str, _info: DatasetInfo) -> list[Doubt]:
    return doubts_of(_info)


def _doubts(info: DatasetInfo) -> list[Doubt]:
    return _doubts_of(info.dataset_id, info.revision, info)


def _together(info: DatasetInfo, choice: Choice, ticked: list[int]) -> None:
    """Give many images a class at once: those that are ticked, or all that the filter lists."""
    n = len(choice.sample_ids)
    with st.container(horizontal=True, vertical_alignment="bottom", key="labels-together"):
        known = [name for name in info.class_names if name != UNLABELLED]
        label = st.selectbox(
            _("Class to give"),
            list(dict.fromkeys([*known, *corrections(info).values()])),
            index=None,
            placeholder=_("choose, or write a new one"),
            accept_new_options=True,
            key="labels-given",
        )
        text = ngettext("Give it to the one ticked", "Give it to the {n} ticked", len(ticked))
        text = text if ticked else _("Give it to the ticked")
        if st.button(text, key="labels-give-ticked", disabled=not (label and ticked)):
            _give(info, ticked, str(label))
        text = ngettext("Give it to the one listed", "Give it to all {n} listed", n)
        if st.button(text, key="labels-give-all", disabled=not label):
            _give(info, list(choice.sample_ids), str(label))


def _give(info: DatasetInfo, sample_ids: list[int], label: str) -> None:
    put(info, corrections(info) | dict.fromkeys(sample_ids, label.strip()))
    st.rerun()


def _save_bar(info: DatasetInfo) -> None:
    changed = corrections(info)
    with st.container(border=True, key="labels-save-bar"):
        if not changed:
            st.caption(_("Nothing is changed yet."))
            return
        new = sorted(set(changed.values()) - set(info.class_names))
        if new:
            named = joined(f"**{escape(name)}**" for name in new)
            st.markdown(_("New classes: {names}. Are they spelt right?", names=named))
        hint = _("Kept with each change. No names, please.")
        reason = st.text_input(_("Why (if you like)"), max_chars=500, key="labels-reason", help=hint)
        with st.container(horizontal=True):
            n = len(changed)
            text = ngettext("Save one correction", "Save {n} corrections", n)
            if st.button(text, type="primary", key="labels-save"):
                _save(info, changed, reason)
            if st.button(_("Discard"), key="labels-discard"):
                put(info, {})
                st.rerun()


def _save(info: DatasetInfo, changed: dict[int, str], reason: str) -> None:
    wanted = [LabelCorrection(sample_id=one, label=label, reason=reason) for one, label in changed.items()]
    with guard():
        correct_labels(info.dataset_id, wanted, new_classes=set(changed.values()))
        put(info, {})
        n = len(changed)
        st.session_state["labels-saved"] = ngettext("One label was changed.", "{n} labels were changed.", n)
        st.rerun()


def _history(info: DatasetInfo) -> None:
    if not info.n_edits:
        return
    title = ngettext("History: one change", "History: {n} changes", info.n_edits)
    with st.expander(title, icon=":material/history:"), guard():
        edits = list_edits(info.dataset_id)
        last = last_save(edits)
        text = ngettext(
            "Take back the last saving (one label)", "Take back the last saving ({n} labels)", len(last)
        )
        if last and st.button(text, key="labels-undo", icon=":material/undo:"):
            undo_last_edit(info.dataset_id)
            put(info, {})
            st.session_state["labels-saved"] = _("The last saving was taken back.")
            st.rerun()
        rows = [
            {
                _("When"): datetime.fromisoformat(edit.at).astimezone().strftime("%Y-%m-%d %H:%M"),
                _("Number"): edit.sample_id,
                _("Then"): class_title(edit.before),
                _("Now"): class_title(edit.after),
                _("Why"): _("taken back") if edit.undoes else edit.reason,
            }
            for edit in reversed(edits[-_MOST_LINES:])
        ]
        st.dataframe(rows, hide_index=True, width="stretch")
        if len(edits) > _MOST_LINES:
            st.caption(_("The last {n} are shown; all are in edits.jsonl.", n=_MOST_LINES))
