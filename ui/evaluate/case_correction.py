"""A label that is wrong: correct it in the data set, written down, and take that back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from core.datasets.correcting import copies_of, correct_one, correction_of, take_back
from core.datasets.editing import LabelEdit
from core.datasets.records import UNLABELLED, DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import duplicate_dataset
from core.errors import LightboxError
from core.language import _
from ui import cache
from ui.evaluate.case_source import OneCase
from ui.messages import escape, guard
from ui.session import use_language

_SAID = "case-said"
_FAILED = "case-failed"
_AGAIN = "case-again"
_NEW = ""


def correction_form(one: OneCase) -> None:
    """Offer to correct the label of an image, and say what that does and what it does not."""
    info = one.source.info
    if info is None:
        return
    if st.session_state.pop(_AGAIN, False):
        st.rerun()  # the whole page: it counts corrected labels above
    if said := st.session_state.pop(_SAID, None):
        st.success(said, icon=":material/check_circle:")
    if failed := st.session_state.pop(_FAILED, None):
        st.error(escape(failed), icon=":material/warning:")
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
    found = {copy.dataset_id: copy for copy in copies_of(info)}
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


def _name_of_copy(info: DatasetInfo) -> str:
    key = "case-copy-name"
    return str(
        st.text_input(_("Name of the copy"), value=f"{info.dataset_id[:50]}-corrected", key=key, width=360)
    )


def _form(one: OneCase, *, target: DatasetInfo | None, name: str) -> None:
    """Ask for the right class; without a `target` a copy called `name` is made first."""
    info = target or one.source.info
    if info is None:
        return
    number = one.sample_id
    now = str(cache.samples(info.dataset_id)["label"].iloc[number])
    classes = [other for other in info.class_names if other not in (now, UNLABELLED)]
    st.markdown(_("In '{name}' it is **{label}**.", name=escape(name or info.dataset_id), label=escape(now)))
    label = st.selectbox(
        _("Its right class"),
        classes,
        index=None,
        placeholder=_("choose"),
        key=f"case-right-{number}",
        width=360,
    )
    hint = _("Kept with the change. No names, please.")
    st.text_input(_("Why (if you like)"), max_chars=500, key=f"case-reason-{number}", help=hint)
    st.button(
        _("Correct it") if target is not None else _("Make the copy and correct it"),
        key="case-correct",
        type="primary",
        disabled=label is None,
        on_click=_correct,
        args=(info, name, number, now),  # what the visitor sees, whatever it is by the time of the press
    )


def _correct(info: DatasetInfo, name: str, number: int, seen: str) -> None:
    """Write a correction down; `name` is that of the copy to be made for it, empty for none."""
    label = st.session_state.get(f"case-right-{number}")
    reason = str(st.session_state.pop(f"case-reason-{number}", ""))
    if label is None:
        return
    with _remembering():
        target = duplicate_dataset(info.dataset_id, name) if name else info
        correct_one(target.dataset_id, number, label, seen=seen, reason=reason)
        st.session_state[_SAID] = _(
            "Image {n} is '{label}' in '{name}' now, and no longer '{now}'.",
            n=number,
            label=escape(label),
            name=escape(target.dataset_id),
            now=escape(seen),
        )


def _take_back(dataset_id: str, correction: LabelEdit) -> None:
    with _remembering():
        take_back(dataset_id, correction, reason=_("taken back"))
        st.session_state[_SAID] = _("The correction was taken back.")


@contextmanager
def _remembering() -> Iterator[None]:
    """Keep what goes wrong before the page is drawn, to be said where it is drawn; all of it is, anew."""
    use_language()
    try:
        yield
    except LightboxError as error:
        st.session_state[_FAILED] = str(error)
    st.session_state[_AGAIN] = True


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
    places = [target] if target.dataset_id not in shipped else list(copies_of(target))
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
            st.button(
                _("Take it back"),
                key=f"case-undo-{info.dataset_id}",
                icon=":material/undo:",
                on_click=_take_back,
                args=(info.dataset_id, correction),
            )
