"""Many images at once: what a visitor dropped, unpacked and in order; in memory, for this visitor alone."""

import hashlib
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.images.limits import MAX_UPLOAD_MB
from core.language import _
from ui.messages import escape
from ui.viewer_files import File, Opened, Slice, open_files

MOST: Final = 500
_KEY: Final = "explain-batch"


@dataclass(frozen=True)
class Place:
    """An image among many: where it is, and what it is called."""

    name: str
    slice: Slice


@dataclass(frozen=True, eq=False)
class Batch:
    """All images that were dropped at once, in order."""

    opened: Opened
    places: tuple[Place, ...]

    @property
    def key(self) -> str:
        """Tells it from every other in this session."""
        return self.opened.key

    def content(self, place: Place) -> bytes:
        """Return the file of an image."""
        return self.opened.files[place.slice.file].content


def pick_files() -> None:
    """Offer a place to drop many files; `dropped` gives them."""
    st.file_uploader(
        _("Upload many images: files, a zip, or a whole DICOM study"),
        accept_multiple_files=True,
        key=_KEY,
        max_upload_size=MAX_UPLOAD_MB,
        help=_("They stay in memory, are shown to you alone, and are gone when you leave."),
    )


def dropped() -> Batch | None:
    """Return what was dropped, or None; files that are no images are named with the reason."""
    uploads = st.session_state.get(_KEY) or []
    if not uploads:
        return None
    files = tuple(File(upload.name, upload.getvalue()) for upload in uploads)
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.name.encode() + b"\0" + file.content).digest())
    with st.spinner(_("Looking into the files…")):
        opened = open_files(f"explain/{digest.hexdigest()}", files)
    for skipped in opened.skipped[:5]:
        st.warning(f"{escape(skipped.name)}: {escape(skipped.reason)}", icon=":material/warning:")
    if len(opened.skipped) > 5:
        st.caption(_("… and {n} more that cannot be read.", n=len(opened.skipped) - 5))
    places = _places(opened)
    if len(places) > MOST:
        text = _(
            "The first {most} of {n} images are asked about; import the others as a data set.",
            most=MOST,
            n=len(places),
        )
        st.info(text)
    return Batch(opened, places[:MOST])


def _places(opened: Opened) -> tuple[Place, ...]:
    found = []
    for stack in opened.stacks:
        n_frames = {one.file: 0 for one in stack.slices}
        for one in stack.slices:
            n_frames[one.file] += 1
        for one in stack.slices:
            name = opened.files[one.file].name
            is_alone = n_frames[one.file] == 1
            found.append(Place(name if is_alone else _("{name}, frame {n}", name=name, n=one.frame + 1), one))
    return tuple(found)
