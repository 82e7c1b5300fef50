"""Choosing what to look at: files of one's own, or an example."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.language import _
from ui.viewer_examples import example_file, examples
from ui.viewer_files import File, Opened, open_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

_UPLOAD: Final = "viewer-upload"
_EXAMPLE: Final = "viewer-example"
_FIRST_STEPS: Final = 4  # examples on the empty page


@dataclass(frozen=True)
class Source:
    """Files that can be opened; `key` tells them from others."""

    key: str
    files: tuple[File, ...]
    simulated: bool = False

    def open(self) -> Opened:
        """Read what they are; the same source is read once."""
        return open_files(self.key, self.files)


def pick_source() -> None:
    """Offer an uploader beside the examples; `chosen_source` gives what was chosen."""
    left, right = st.columns(2, gap="large")
    with left:
        st.file_uploader(
            _("Your files: DICOM, PNG, JPEG, TIFF, or a zip of a study"),
            accept_multiple_files=True,  # of any name: DICOM files often have no extension
            key=_UPLOAD,
            help=_(
                "They stay in memory, are shown to you alone, and are gone when you leave. A zip is unpacked"
                " in a temporary folder that is removed at once."
            ),
        )
    with right:
        known = examples()
        has_upload = bool(st.session_state.get(_UPLOAD))
        st.selectbox(
            _("or an example"),
            list(known),
            index=None,
            format_func=lambda name: _(known[name].title),
            placeholder=_("Choose an example"),
            key=_EXAMPLE,
            disabled=has_upload,
            persist_state="session",
        )
        if has_upload:
            st.caption(_("Your files are shown. Remove them to come back to the examples."))
        else:
            st.caption(_("Nothing is stored. What would name a patient is neither shown nor kept."))


def chosen_source() -> Source | None:
    """Return the uploaded files if there are any, else the chosen example, else None."""
    uploads: Sequence[UploadedFile] = st.session_state.get(_UPLOAD) or ()
    if uploads:
        ids = "-".join(upload.file_id for upload in uploads)
        key = hashlib.sha256(ids.encode()).hexdigest()[:16]
        return Source(key, tuple(File(upload.name, upload.getvalue()) for upload in uploads))
    name = st.session_state.get(_EXAMPLE)
    if name not in examples():
        return None
    return Source(f"example-{name}", (example_file(name),), simulated=examples()[name].simulated)


def first_steps() -> None:
    """Show the empty page: what can be opened, and examples one click away."""
    with st.container(border=True, key="viewer-empty"):
        st.markdown(f"##### {_('Nothing is open yet')}", anchors=False)
        st.markdown(_("Drop your own files above, or begin with one of these:"))
        with st.container(horizontal=True):
            for number, (name, example) in enumerate(list(examples().items())[:_FIRST_STEPS]):
                st.button(
                    _(example.title),
                    key=f"viewer-try-{name}",
                    type="primary" if number == 0 else "secondary",
                    on_click=_choose,
                    args=(name,),
                )


def _choose(name: str) -> None:
    st.session_state[_EXAMPLE] = name
