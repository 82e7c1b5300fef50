"""What the headers of DICOM files say, read in the sandbox: which file is what, before any pixel is decoded.

`facts` is the task that runs there: identifiers leave it as digests, for counting alone, and of the rest only
what the de-identifying allow-list lets through.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from core.errors import UnreadableImageError
from core.images.allow_list import WORDS
from core.images.deidentification import attributes_of
from core.images.dicom import parse
from core.images.sandbox import Sandbox

_HEADER_BYTES: Final = 1024**2  # a header that is longer is read again with all of its file
_MAX_BYTES: Final = 300 * 1024**2
_KEYWORDS: Final = (
    *("SOPClassUID", "SOPInstanceUID", "PatientID", "SeriesInstanceUID", "Modality", "PatientAge"),
    *("PatientSex", "ViewPosition", "Laterality", "ImageLaterality", "BodyPartExamined"),
)
_TAGS: Final = [tag for keyword in _KEYWORDS if (tag := tag_for_keyword(keyword)) is not None]
_DIRECTORY: Final = "1.2.840.10008.1.3.10"  # Media Storage Directory: PS3.10 section 8

Known = dict[str, dict[str, Any]]


class HeaderFacts(BaseModel):
    """What the header of one file says.

    Attributes
    ----------
    image_id
        Its SOP Instance UID, by which a table may name it.
    patient, series
        Digests: equal where the identifiers are.
    modality, attributes
        Words of the allow-list alone.
    is_directory
        It is the table of contents of a disc, whatever its name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image_id: str | None = None
    patient: str | None = None
    series: str | None = None
    modality: str | None = None
    attributes: dict[str, str] = {}
    is_directory: bool = False

    def label(self, attribute: str) -> str | None:
        """Return what an attribute says that is taken for the class."""
        return self.modality if attribute == "modality" else self.attributes.get(attribute)


def facts(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return the fields of `HeaderFacts`: the task of a sandbox.

    Parameters
    ----------
    content
        A DICOM file, or its first megabyte.
    """
    dataset = parse(content, tags=_TAGS)
    modality = _text(dataset, "Modality")
    return {
        "image_id": _text(dataset, "SOPInstanceUID"),
        "patient": _digest(dataset, "PatientID"),
        "series": _digest(dataset, "SeriesInstanceUID"),
        "modality": modality if modality in WORDS["Modality"] else None,
        "attributes": attributes_of(dataset),
        "is_directory": _text(dataset, "SOPClassUID") == _DIRECTORY,
    }, []


def read_headers(
    files: Iterable[Path], *, known: Known | None = None, check: Callable[[], None] = lambda: None
) -> Iterator[tuple[Path, HeaderFacts]]:
    """Yield what the header of each file says, in their order; nothing of one that cannot be read.

    Parameters
    ----------
    known
        What was read before, by path: looked at first, and added to.
    check
        Called before each file that has to be read; what it raises ends the reading.
    """
    known = {} if known is None else known
    with Sandbox(1, task="core.datasets.headers:facts") as sandbox:
        for file in files:
            if str(file) not in known:
                check()
                known[str(file)] = _read(sandbox, file)
            yield file, HeaderFacts.model_validate(known[str(file)])


def _read(sandbox: Sandbox, file: Path) -> dict[str, Any]:
    for n_bytes in (_HEADER_BYTES, _MAX_BYTES):
        try:
            with file.open("rb") as opened:
                content = opened.read(n_bytes)
        except OSError:
            return {}
        try:
            return sandbox.call(content)[0]
        except UnreadableImageError:
            if len(content) < n_bytes:
                return {}
    return {}


def _text(dataset: Dataset, keyword: str) -> str | None:
    return str(dataset.get(keyword) or "").strip()[:128] or None


def _digest(dataset: Dataset, keyword: str) -> str | None:
    text = _text(dataset, keyword)
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else None
