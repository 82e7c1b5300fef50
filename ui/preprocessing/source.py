"""The image of the preprocessing laboratory: one of the data set, an example file, or a file of one's own.

A file of one's own stays in the memory of its visitor's session, and so does all that is computed from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.images.limits import MAX_UPLOAD_MB, check_upload
from core.images.records import MedicalImage
from core.language import _
from ui import cache
from ui.films import film_alt, film_png, pick_film
from ui.viewer_examples import example_file, examples

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_FROM: Final = "preprocess-from"
_UPLOAD: Final = "preprocess-file"
_DATASET: Final = ""
_OWN: Final = "own"
_SIDE: Final = 640


@dataclass(frozen=True, eq=False)
class Subject:
    """The image that is followed.

    Attributes
    ----------
    key
        Tells it from all others, in caches and in the keys of widgets.
    image
        Its values in their unit.
    info
        The data set that the page works on; it gives the statistics of the training split.
    sample_id
        Its number there; None for a file that belongs to no data set.
    own
        Whether it is a visitor's file: nothing of it may be shared.
    simulated
        Whether a program drew it.
    """

    key: str
    image: MedicalImage
    info: DatasetInfo
    sample_id: int | None
    own: bool = False
    simulated: bool = False

    @property
    def alt(self) -> str:
        """What it is, for those who cannot see it."""
        if self.sample_id is not None:
            return film_alt(self.info, self.sample_id)
        return _("A file that belongs to no data set.")

    def png(self) -> bytes:
        """Return it as a viewer would show it, as PNG bytes."""
        if self.sample_id is not None:
            return film_png(self.info, self.sample_id)
        draw = _own_png if self.own else _example_png
        return draw(self.key, self.image)


def pick_subject(info: DatasetInfo, *, with_files: bool) -> Subject | None:
    """Let the visitor choose an image; None while a file of one's own is still to be given."""
    where = _pick_where() if with_files else _DATASET
    if where == _OWN:
        upload = st.file_uploader(
            _("Your file: DICOM, PNG, JPEG or TIFF"),
            key=_UPLOAD,
            max_upload_size=MAX_UPLOAD_MB,
            help=_("It stays in memory, is shown to you alone, and is gone when you leave."),
        )
        return _subject_of_upload(info, upload) if upload is not None else None
    if where != _DATASET:
        simulated = examples()[where].simulated
        return Subject(f"example-{where}", _example(where), info, None, simulated=simulated)
    sample_id = pick_film(info)
    return subject_of_sample(info, sample_id)


def subject_of_sample(info: DatasetInfo, sample_id: int) -> Subject:
    """Return an image of a data set."""
    key = f"{info.dataset_id}/{info.revision}/{sample_id}"
    image = cache.image(info.dataset_id, sample_id)
    return Subject(key, image, info, sample_id, simulated=info.simulated)


def _pick_where() -> str:
    names = {_DATASET: _("this data set"), _OWN: _("a file of your own")}
    names |= {name: _(example.title) for name, example in examples().items()}
    chosen: str = st.selectbox(
        _("Image from"),
        [_DATASET, *examples(), _OWN],
        format_func=names.__getitem__,
        key=_FROM,
        help=_("A CT slice shows how stored values become Hounsfield units."),
        persist_state="session",
    )
    return chosen


def _subject_of_upload(info: DatasetInfo, upload: UploadedFile) -> Subject:
    """Read a visitor's file in the sandbox; UnreadableImageError if it is no image."""
    content = upload.getvalue()
    check_upload(len(content), upload.name)
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Subject(f"own-{digest}", _own_image(digest, content, upload.name), info, None, own=True)


@st.cache_resource(max_entries=8, show_spinner=False)
def _example(name: str) -> MedicalImage:
    from core.images import read

    return read(example_file(name).content)  # it ships: no sandbox is needed


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def _own_image(digest: str, _content: bytes, name: str) -> MedicalImage:
    from core.images.sandbox import read

    image = read(_content, name=name)
    return replace(image, patient_id=None, study_id=None, series_id=None, image_id=None)


def _drawn(image: MedicalImage) -> bytes:
    from core.images.drawing import draw_image

    return cache.png_bytes(draw_image(image, side=_SIDE))


@st.cache_data(max_entries=8, show_spinner=False)
def _example_png(key: str, _image: MedicalImage) -> bytes:
    return _drawn(_image)


@st.cache_data(max_entries=2, scope="session", show_spinner=False)
def _own_png(key: str, _image: MedicalImage) -> bytes:
    return _drawn(_image)
