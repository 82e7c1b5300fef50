"""The first step of bringing images in: choose them, and have them looked at."""

from pathlib import Path
from typing import Final, Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.datasets.options import ImportOptions
from core.datasets.staging import (
    discard,
    list_server_folders,
    stage_server_folder,
    stage_upload,
    start_inspection,
)
from core.errors import LightboxError
from core.language import N_, _
from ui import bring_state
from ui.messages import escape, guard

_How = Literal["folder", "files", "server"]
_TITLES: Final[dict[_How, str]] = {
    "folder": N_("A folder"),
    "files": N_("A zip, a table or single files"),
    "server": N_("A folder of this server"),
}
_LABELS: Final[dict[str, str]] = {
    "folder": N_("A folder: one inside for each class, or a table beside the images, or a DICOM study"),
    "files": N_("All together: a zip; or a CSV with its images; or an .npz; or DICOM files"),
}
# Whatever is staged gets a name at the end; until then this stands in its place.
UNNAMED: Final = "new"


def choose_images() -> None:
    """Let the visitor choose images; stage them and start to look at them."""
    said = bring_state.take_said()
    if said is not None:
        st.error(escape(said), icon=":material/warning:")
    with st.container(border=True, key="bring-form"):
        how = _choose_how()
        server = _choose_server_folder() if how == "server" else None
        files = [] if how == "server" else _choose_files(how)
        is_ready = server is not None or bool(files)
        if st.button(
            _("Look at them"),
            key="bring-look",
            type="primary",
            disabled=not is_ready,
            help=_("Nothing is kept yet: first you see what was recognised."),
        ):
            with guard(), st.spinner(_("The files are being handed over.")):
                staging = (
                    stage_server_folder(server)
                    if server is not None
                    else stage_upload((file.name, file) for file in files)
                )
                _inspect(staging)
        st.caption(
            _(
                "PNG, JPEG, TIFF and DICOM. Names, dates and numbers of patients stay outside: only the"
                " pixels come in, with what you choose to keep."
            )
        )


def _choose_how() -> _How:
    options: list[_How] = ["folder", "files"]
    if list_server_folders():
        options.append("server")
    if st.session_state.get("bring-how") not in options:
        st.session_state["bring-how"] = options[0]
    chosen: _How | None = st.segmented_control(
        _("What do you have?"),
        options,
        format_func=lambda how: _(_TITLES[how]),
        key="bring-how",
        required=True,
        persist_state="session",
    )
    return chosen or options[0]


def _choose_files(how: _How) -> list[UploadedFile]:
    # After each hand-over another key, so that the server does not hold the files a second time.
    key = f"bring-{how}-{st.session_state.get('bring-round', 0)}"
    several: Literal["directory"] | bool = "directory" if how == "folder" else True
    files = st.file_uploader(_(_LABELS[how]), accept_multiple_files=several, key=key)
    return list(files) if isinstance(files, list) else [files] if files else []


def _choose_server_folder() -> Path | None:
    return st.selectbox(
        _("Folders that the operator of this server allowed"),
        list_server_folders(),
        format_func=str,
        key="bring-server",
        help=_("Set with LIGHTBOX_IMPORT_FOLDERS when the server is started."),
    )


def _inspect(staging: Path) -> None:
    try:
        start_inspection(staging, ImportOptions(name=UNNAMED))
    except LightboxError:
        discard(staging)
        raise
    st.session_state["bring-round"] = st.session_state.get("bring-round", 0) + 1
    bring_state.set_staged(staging)
    st.rerun()
