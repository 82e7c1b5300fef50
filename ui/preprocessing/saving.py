"""Keep a pipeline: by name, as a file, and back again."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.errors import LightboxError, NameTakenError
from core.language import _
from core.transforms.preprocessing.library import (
    damaged_pipelines,
    delete_pipeline,
    list_pipelines,
    open_pipeline,
    save_pipeline,
)
from core.transforms.preprocessing.parsing import LONGEST_NAME, parse_pipeline, to_json
from core.transforms.records import Preprocessing
from ui.messages import escape, guard
from ui.preprocessing import state

_NAME: Final = "preprocess-name"
_REPLACE: Final = "preprocess-replace"
_CHOSEN: Final = "preprocess-saved"
_DELETED: Final = "preprocess-deleted"  # JSON of the pipeline that was deleted last
_FILE: Final = "preprocess-json"
_SAID: Final = "preprocess-said"  # what the last press of a button did


def saving_section(info: DatasetInfo, preprocessing: Preprocessing) -> None:
    """Save the pipeline that is applied, open another, or exchange it with another Lightbox."""
    left, right = st.columns(2, gap="large")
    with left:
        _save_form(preprocessing)
        _library(info)
    with right:
        _files(info, preprocessing)
    for damaged in damaged_pipelines():
        text = _(
            "'{file}' in the folder of pipelines cannot be used: {reason}",
            file=damaged.file,
            reason=damaged.reason,
        )
        st.caption(escape(text))


def _save_form(preprocessing: Preprocessing) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="preprocess-save-row"):
        name = st.text_input(
            _("Name of this pipeline"), key=_NAME, max_chars=LONGEST_NAME, persist_state="session"
        )
        is_asked = st.button(_("Save"), key="preprocess-save", icon=":material/save:")
    if is_asked:
        _save(name, preprocessing, replace=False)
    if st.session_state.get(_REPLACE) == name and name:
        with st.container(horizontal=True, vertical_alignment="center", key="preprocess-replace-row"):
            st.markdown(_("There is a pipeline of this name."))
            if st.button(_("Replace it"), key="preprocess-replace-it"):
                _save(name, preprocessing, replace=True)
                st.rerun()
    if said := st.session_state.pop(_SAID, None):
        st.success(escape(said), icon=":material/check:")


def _save(name: str, preprocessing: Preprocessing, *, replace: bool) -> None:
    st.session_state.pop(_REPLACE, None)
    try:
        saved = save_pipeline(name, preprocessing, replace=replace)
    except NameTakenError:
        st.session_state[_REPLACE] = name
        return
    except LightboxError as error:
        st.error(escape(error), icon=":material/warning:")
        return
    st.session_state[_SAID] = _("'{name}' is saved.", name=saved.name)
    st.session_state[_CHOSEN] = saved.name


def _library(info: DatasetInfo) -> None:
    names = [saved.name for saved in list_pipelines()]
    if not names:
        st.caption(_("Nothing is saved yet."))
    else:
        if st.session_state.get(_CHOSEN) not in names:
            st.session_state[_CHOSEN] = names[0]
        with st.container(horizontal=True, vertical_alignment="bottom", key="preprocess-library"):
            name = st.selectbox(_("Saved pipelines"), names, key=_CHOSEN)
            st.button(_("Open"), key="preprocess-open", on_click=_open, args=(info, name))
            st.button(_("Delete"), key="preprocess-delete", type="tertiary", on_click=_delete, args=(name,))
    if deleted := st.session_state.get(_DELETED):
        with st.container(horizontal=True, vertical_alignment="center", key="preprocess-deleted-row"):
            st.markdown(_("'{name}' is deleted.", name=escape(parse_pipeline(deleted).name)))
            st.button(_("Bring it back"), key="preprocess-undelete", on_click=_bring_back)


def _open(info: DatasetInfo, name: str) -> None:
    with guard():
        state.put(info, open_pipeline(name).preprocessing)
        st.session_state[_SAID] = _("'{name}' is open; 'Undo' brings back what was there.", name=name)


def _delete(name: str) -> None:
    with guard():
        saved = open_pipeline(name)
        delete_pipeline(name)
        st.session_state[_DELETED] = to_json(saved.preprocessing, name=saved.name)


def _bring_back() -> None:
    with guard():
        saved = parse_pipeline(st.session_state.pop(_DELETED))
        save_pipeline(saved.name, saved.preprocessing, replace=True)


def _files(info: DatasetInfo, preprocessing: Preprocessing) -> None:
    st.download_button(
        _("Download as JSON"),
        to_json(preprocessing),
        file_name="pipeline.json",
        mime="application/json",
        key="preprocess-download",
        icon=":material/download:",
        on_click="ignore",
    )
    upload = st.file_uploader(
        _("A pipeline from elsewhere (JSON)"),
        key=_FILE,
        max_upload_size=1,
        help=_("It is checked first: one step that is not right, and nothing of it is applied."),
    )
    if upload is None:
        return
    try:
        given = parse_pipeline(upload.getvalue())
    except LightboxError as error:
        st.error(escape(error), icon=":material/warning:")
        return
    st.button(
        _("Use the {n} steps of this file", n=len(given.preprocessing.steps)),
        key="preprocess-use-file",
        on_click=state.put,
        args=(info, given.preprocessing),
    )
