"""A label that is wrong: correct it in the data set, written down, and take that back."""

from datetime import datetime

import streamlit as st

from core.datasets.correcting import copies_of, correct_one, correction_of, take_back
from core.datasets.records import UNLABELLED, DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import duplicate_dataset
from core.language import _
from ui import cache
from ui.evaluate.case_source import OneCase
from ui.messages import escape, guard

_SAID = "case-said"
_NEW = ""


def correction_form(one: OneCase) -> None:
    """Offer to correct the label of an image, and say what that does and what it does not."""
    info = one.source.info
    if info is None:
        return
    if said := st.session_state.pop(_SAID, None):
        st.success(said, icon=":material/check_circle:")
    with st.expander(_("This label is wrong"), icon=":material/edit:", key="case-wrong"), guard():
        target = info
        if info.dataset_id in shipped_names():
            st.caption(
                _(
                    "This data set ships with Lightbox and stays as it is: the label is corrected in a copy"
                    " of yours, which has the same pictures."
                )
            )
            copy = _pick_copy(info)
            _form(one, target=copy, name=_name_of_copy(info) if copy is None else "")
            target = copy or info
        else:
            _form(one, target=info, name="")
        _what_it_does(one)
    _standing(one, target)


def _pick_copy(info: DatasetInfo) -> DatasetInfo | None:
    """Return the copy that is corrected; None for one that is still to be made."""
    found = {copy.dataset_id: copy for copy in _copies(info)}
    if not found:
        return None
    options = [*found, _NEW]
    chosen = st.selectbox(
        _("Correct it in"),
        options,
        format_func=lambda name: name or _("a new copy"),
        key="case-copy",
        width=360,
    )
    return found.get(chosen)


def _copies(info: DatasetInfo) -> tuple[DatasetInfo, ...]:
    return copies_of(info)


def _name_of_copy(info: DatasetInfo) -> str:
    key = "case-copy-name"
    return str(
        st.text_input(_("Name of the copy"), value=f"{info.dataset_id[:50]}-corrected", key=key, width=360)
    )


def _form(one: OneCase, *, target: DatasetInfo | None, name: str) -> None:
    info = target or one.source.info
    if info is None:
        return
    now = str(cache.samples(info.dataset_id)["label"].iloc[one.sample_id])
    classes = [other for other in info.class_names if other not in (now, UNLABELLED)]
    st.markdown(_("In '{name}' it is **{label}**.", name=escape(name or info.dataset_id), label=escape(now)))
    label = st.selectbox(
        _("Its right class"), classes, index=None, placeholder=_("choose"), key="case-right", width=360
    )
    hint = _("Kept with the change. No names, please.")
    reason = st.text_input(_("Why (if you like)"), max_chars=500, key="case-reason", help=hint)
    text = _("Correct it") if target is not None else _("Make the copy and correct it")
    if st.button(text, key="case-correct", type="primary", disabled=label is None) and label is not None:
        _correct(one, target, name, now=now, label=label, reason=reason)


def _correct(
    one: OneCase, target: DatasetInfo | None, name: str, *, now: str, label: str, reason: str
) -> None:
    info = one.source.info
    if target is None and info is not None:
        target = duplicate_dataset(info.dataset_id, name)
    if target is None:
        return
    correct_one(target.dataset_id, one.sample_id, label, seen=now, reason=reason)
    st.session_state.pop("case-reason", None)
    st.session_state[_SAID] = _(
        "Image {n} is '{label}' in '{name}' now, and no longer '{now}'.",
        n=one.sample_id,
        label=escape(label),
        name=escape(target.dataset_id),
        now=escape(now),
    )
    st.rerun()


def _what_it_does(one: OneCase) -> None:
    if one.case.dataset_id is None:
        text = _(
            "The change is written down and can be taken back. This run goes on being judged by the labels"
            " that it was trained with: train anew to see what the correction does."
        )
    else:
        text = _(
            "The change is written down and can be taken back. The files that it was imported from stay as"
            " they are; the run is judged anew with the corrected label."
        )
    st.caption(text)


def _standing(one: OneCase, target: DatasetInfo) -> None:
    """Say that the label was corrected, and let that be taken back."""
    shipped = shipped_names()
    places = [target] if target.dataset_id not in shipped else list(_copies(target))
    for info in places:
        correction = correction_of(info.dataset_id, one.sample_id)
        if correction is None:
            continue
        when = datetime.fromisoformat(correction.at).astimezone().strftime("%Y-%m-%d %H:%M")
        text = _(
            "In '{name}' its label was corrected from '{before}' to '{after}' ({when}).",
            name=info.dataset_id,
            before=correction.before,
            after=correction.after,
            when=when,
        )
        reason = f" {correction.reason}" if correction.reason else ""
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"case-standing-{info.dataset_id}"
        ):
            st.caption(f"{escape(text)}{escape(reason)}", width="stretch")
            if st.button(_("Take it back"), key=f"case-undo-{info.dataset_id}", icon=":material/undo:"):
                with guard():
                    take_back(info.dataset_id, correction, reason=_("taken back"))
                    st.session_state[_SAID] = _("The correction was taken back.")
                    st.rerun()
