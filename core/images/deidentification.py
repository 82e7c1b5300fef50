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
import math
import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import DSfloat

from core.errors import UnreadableImageError
from core.images.allow_list import (
    DECISIVE,
    KEYWORDS,
    NUMBERS,
    OFFSETS,
    PIXELS,
    SEQUENCES,
    TABLES,
    UIDS,
    WORDS,
)
from core.language import N_

__all__ = ["KEYWORDS", "age_band", "attributes_of", "deidentify", "keyed_uids"]

_METHODS: Final = ("Allow-list of attributes", "new UIDs", "dates dropped")
_MOST_DEPTH: Final = 3  # per-frame groups -> pixel value transformation is 2: PS3.3 C.7.6.16
_AGE = re.compile(r"\s*(\d{1,3})\s*([DWMY]?)\s*")
_LONGEST_DS: Final = 16  # characters: PS3.5 section 6.2
_TABLE_UNITS: Final = {"OB", "OW", "US", "SS", "UN"}


def deidentify(
    dataset: Dataset, *, new_uid: Callable[[str], str] | None = None, patient_id: str | None = None
) -> FileDataset:
    """Return a new data set that holds what the allow-list lets through.

    Parameters
    ----------
    dataset
        Any data set; it is left as it is.
    new_uid
        Gives the UID that stands for an old one, see `keyed_uids`; by default each is new and random.
    patient_id
        A pseudonym to write; by default the new data set has no patient ID.

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
    _copy(dataset, clean, depth=0)
    for keyword in UIDS:
        if keyword in dataset:
            setattr(clean, keyword, (new_uid or _random_uid)(str(dataset[keyword].value)))
    sop_class = UID(str(dataset.get("SOPClassUID", "")))
    if _is_registered(sop_class):
        clean.SOPClassUID = sop_class
        meta.MediaStorageSOPClassUID = clean.SOPClassUID
    if "SOPInstanceUID" in clean:
        meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    if patient_id is not None:
        clean.PatientID = patient_id
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
    side = "ImageLaterality" if _word(dataset, "ImageLaterality") else "Laterality"
    found = {
        "age_band": age_band(str(dataset.get("PatientAge", ""))),
        "sex": _word(dataset, "PatientSex"),
        "view": _word(dataset, "ViewPosition"),
        "laterality": _word(dataset, side),
        "body_part": _word(dataset, "BodyPartExamined"),
    }
    return {name: value for name, value in found.items() if value}


def age_band(age: str) -> str | None:
    """Return the ten years that a DICOM age (VR AS: "042Y") falls in: "40-49"; 80 and over is one band."""
    match = _AGE.fullmatch(age)
    if not match:
        return None
    years = int(match[1]) if match[2] in ("", "Y") else 0
    return "80+" if years >= 80 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _copy(source: Dataset, target: Dataset, *, depth: int) -> None:
    # By what is there, not by what could be: a hostile file has a hundred thousand empty items.
    for tag in list(source.keys()):
        keyword = _BY_TAG.get(int(tag))
        if keyword is None:
            continue
        if keyword in PIXELS or keyword in OFFSETS:
            kept = _pixels(source[tag]) if depth == 0 else None
        elif keyword in SEQUENCES:
            kept = _sequence(source[tag], depth)
        else:
            kept = _COPIES[keyword](source[tag], keyword)
        if kept is not None:
            target.add(kept)
    for keyword in TABLES:
        _cut_table(target, keyword)


def _words(element: DataElement, keyword: str) -> DataElement | None:
    known = [_if_known(word, keyword) for word in _as_list(element.value)]
    if not any(known):
        return None
    vr = "LO" if keyword in _LONG_WORDS else "CS"
    return DataElement(element.tag, vr, known if len(known) > 1 else known[0])


def _if_known(word: object, keyword: str) -> str:
    plain = str(word).strip().upper()
    return plain if plain in WORDS[keyword] else ""


def _numbers(element: DataElement, keyword: str) -> DataElement | None:
    """Return an element that holds numbers and nothing but numbers; None if one of them is text."""
    values = _as_list(element.value)
    if not values:
        return None
    if not all(isinstance(number, int | float) for number in values):
        if keyword in DECISIVE:
            text = N_("The DICOM file is wrong: {keyword} is no number.")
            raise UnreadableImageError(text, keyword=keyword)
        return None
    vr = element.VR if element.VR in _NUMBER_TYPES else dictionary_VR(element.tag).split(" or ")[0]
    plain = [_plain(number, vr) for number in values]
    return DataElement(element.tag, vr, plain if len(plain) > 1 else plain[0])


def _plain(number: Any, vr: str) -> int | float:
    # pydicom's numbers carry the text that they were read from, and write it.
    if vr == "DS":
        plain = float(number)
        exact = not math.isfinite(plain) or len(repr(plain)) <= _LONGEST_DS
        return DSfloat(plain, auto_format=not exact)
    return float(number) if vr in ("FL", "FD") else int(number)


def _table(element: DataElement, _keyword: str) -> DataElement | None:
    value = element.value
    if element.VR not in _TABLE_UNITS:
        return None
    if isinstance(value, bytes):
        return DataElement(element.tag, "OW", value)
    values = _as_list(value)
    return DataElement(element.tag, element.VR, values) if all(isinstance(x, int) for x in values) else None


def _pixels(element: DataElement) -> DataElement | None:
    return element if isinstance(element.value, bytes) else None


def _sequence(element: DataElement, depth: int) -> DataElement | None:
    if element.VR != "SQ" or depth >= _MOST_DEPTH:
        return None
    items = []
    for item in element.value:
        copied = Dataset()
        _copy(item, copied, depth=depth + 1)
        items.append(copied)
    return DataElement(element.tag, "SQ", items)


def _cut_table(target: Dataset, keyword: str) -> None:
    """Cut a table where its descriptor says that it ends: what stands behind is no table."""
    if keyword not in target or keyword.startswith("Segmented"):
        return
    descriptor = target.get(f"{keyword.removesuffix('Data')}Descriptor")
    if descriptor is None or len(descriptor) != 3:
        del target[keyword]
        return
    n_entries = int(descriptor[0]) or 65536  # PS3.3 C.11.1.1.1
    element = target[keyword]
    if isinstance(element.value, bytes):
        wide = len(element.value) >= 2 * n_entries
        element.value = element.value[: 2 * n_entries if wide else n_entries + n_entries % 2]
    else:
        element.value = _as_list(element.value)[:n_entries]


def _as_list(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if hasattr(value, "append") else [value]


def _word(dataset: Dataset, keyword: str) -> str | None:
    element = _words(dataset[keyword], keyword) if keyword in dataset else None
    if element is None:
        return None
    first = element.value if isinstance(element.value, str) else element.value[0]
    return str(first) or None


def _known_syntax(syntax: object) -> UID:
    uid = UID(str(syntax or ""))
    return uid if _is_registered(uid) else ExplicitVRLittleEndian


def _is_registered(uid: UID) -> bool:
    return bool(uid.name != str(uid))  # one that the standard names: PS3.6 annex A


def _random_uid(_old: str) -> str:
    return str(generate_uid())


_NUMBER_TYPES: Final = {"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD"}
_LONG_WORDS: Final = {"WindowCenterWidthExplanation", "RescaleType"}  # value representation LO
_BY_TAG: Final[dict[int, str]] = {tag: name for name in KEYWORDS if (tag := tag_for_keyword(name))}
_COPIES: Final[dict[str, Callable[[DataElement, str], DataElement | None]]] = {
    **dict.fromkeys(WORDS, _words),
    **dict.fromkeys(NUMBERS, _numbers),
    **dict.fromkeys(TABLES, _table),
    **dict.fromkeys((*UIDS, "PatientAge", "PatientID", "SOPClassUID"), lambda _element, _keyword: None),
}
