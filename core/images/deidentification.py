"""Let through of a DICOM header what a learner of images needs, and nothing of who it shows.

An allow-list (core/images/allow_list.py) copied into a new data set: whatever is not named there is gone,
private or not, known or not. Dates are dropped, not shifted: nothing here is followed over time.

Covers: every attribute of PS3.15 table E.1-1, private attributes, nested items, the preamble, the file meta
information; coded values are kept only where they are one of the words listed; text in the place of a number
is dropped; tables end where their descriptors say.
Does not cover: text burned into the picture, a face that can be rebuilt from a head scan, and what somebody
hides on purpose in the values of pixels and numbers. For the bytes around the pixels see clean_files.
"""

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable
from typing import Final

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from core.images.allow_list import KEYWORDS, UIDS
from core.images.header_copy import copy_allowed, first_word

__all__ = ["KEYWORDS", "age_band", "attributes_of", "deidentify", "keyed_uids"]

_METHODS: Final = ("Allow-list of attributes", "new UIDs", "dates dropped")
_AGE = re.compile(r"\s*(\d{1,3})\s*([DWMY]?)\s*")


def deidentify(dataset: Dataset, *, new_uid: Callable[[str], str] | None = None) -> FileDataset:
    """Return a new data set that holds what the allow-list lets through.

    Parameters
    ----------
    dataset
        Any data set; it is left as it is.
    new_uid
        Gives the UID that stands for an old one, see `keyed_uids`; by default each is new and random.

    Returns
    -------
    FileDataset
        With a zeroed preamble, a new file meta group, new UIDs and Patient Identity Removed = YES:
        PS3.15 E.1.1.

    Raises
    ------
    UnreadableImageError
        One of the numbers that decide what the pixels mean is no number.
    """
    meta = FileMetaDataset()
    old_meta = getattr(dataset, "file_meta", None)
    meta.TransferSyntaxUID = _known_syntax(getattr(old_meta, "TransferSyntaxUID", None))
    clean = FileDataset(None, {}, preamble=b"\0" * 128, file_meta=meta)  # type: ignore[arg-type]
    clean.set_original_encoding(*dataset.original_encoding)
    copy_allowed(dataset, clean)
    for keyword in UIDS:
        if keyword in dataset:
            setattr(clean, keyword, (new_uid or _random_uid)(str(dataset[keyword].value)))
    sop_class = UID(str(dataset.get("SOPClassUID", "")))
    if _is_registered(sop_class):
        clean.SOPClassUID = sop_class
        meta.MediaStorageSOPClassUID = clean.SOPClassUID
    if "SOPInstanceUID" in clean:
        meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = list(_METHODS)
    clean.LongitudinalTemporalInformationModified = "REMOVED"  # the dates: PS3.15 E.3.6
    return clean


def keyed_uids(key: bytes) -> Callable[[str], str]:
    """Return what gives each UID its stand-in: the same for the same UID and key, so that a series holds.

    Without the key nobody can find the old UID by trying. The new ones are of the form 2.25.<UUID as a
    decimal number>: DICOM PS3.5 B.2.
    """

    def new_uid(old: str) -> str:
        digest = hmac.new(key, b"uid\0" + old.strip(" \0").encode(), hashlib.sha256).digest()
        return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"

    return new_uid


def attributes_of(dataset: Dataset) -> dict[str, str]:
    """Return what an importer may keep: age_band, sex, view, laterality, body_part."""
    side = "ImageLaterality" if first_word(dataset, "ImageLaterality") else "Laterality"
    found = {
        "age_band": age_band(str(dataset.get("PatientAge", ""))),
        "sex": first_word(dataset, "PatientSex"),
        "view": first_word(dataset, "ViewPosition"),
        "laterality": first_word(dataset, side),
        "body_part": first_word(dataset, "BodyPartExamined"),
    }
    return {name: value for name, value in found.items() if value}


def age_band(age: str) -> str | None:
    """Return the ten years that a DICOM age (VR AS: "042Y") falls in: "40-49"; 80 and over is one band."""
    match = _AGE.fullmatch(age)
    if not match:
        return None
    years = int(match[1]) if match[2] in ("", "Y") else 0
    return "80+" if years >= 80 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _known_syntax(syntax: object) -> UID:
    uid = UID(str(syntax or ""))
    return uid if _is_registered(uid) else ExplicitVRLittleEndian


def _is_registered(uid: UID) -> bool:
    return bool(uid.name != str(uid))  # one that the standard names: PS3.6 annex A


def _random_uid(_old: str) -> str:
    return str(generate_uid())
