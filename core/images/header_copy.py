"""Copy of a DICOM header what the allow-list holds, each attribute as what it should be and nothing else."""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
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

_MOST_DEPTH: Final = 3  # per-frame groups -> pixel value transformation is 2: PS3.3 C.7.6.16
_LONGEST_DS: Final = 16  # characters: PS3.5 section 6.2
_TABLE_UNITS: Final = {"OB", "OW", "US", "SS", "UN"}


def copy_allowed(source: Dataset, target: Dataset) -> None:
    """Copy what the allow-list holds, without UIDs and what else is only looked at.

    Raises
    ------
    UnreadableImageError
        One of the numbers that decide what the pixels mean is no number.
    """
    _copy(source, target, depth=0)
    _check_offsets(target)


def first_word(dataset: Dataset, keyword: str) -> str | None:
    """Return the first value of a coded attribute, if it is one of its listed words."""
    element = _words(dataset[keyword], keyword) if keyword in dataset else None
    if element is None:
        return None
    first = element.value if isinstance(element.value, str) else element.value[0]
    return str(first) or None


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


def _check_offsets(clean: Dataset) -> None:
    """Drop tables of offsets that do not point into the pixels: what they hold is something else."""
    there = [clean[keyword].value for keyword in OFFSETS if keyword in clean]
    n_bytes = len(clean.get("PixelData") or b"")
    if len(there) == 2 and len(there[0]) == len(there[1]) and len(there[0]) % 8 == 0:
        offsets, lengths = (np.frombuffer(table, dtype="<u8") for table in there)
        if _lead_through(offsets, lengths, n_bytes):
            return
    for keyword in OFFSETS:
        if keyword in clean:
            del clean[keyword]


def _lead_through(offsets: NDArray[np.uint64], lengths: NDArray[np.uint64], n_bytes: int) -> bool:
    # PS3.5 A.4: where each frame begins, and how long it is.
    if (np.maximum(offsets, lengths) > n_bytes).any():
        return False
    return bool((offsets[1:] >= offsets[:-1] + lengths[:-1]).all())


def _as_list(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if hasattr(value, "append") else [value]


_NUMBER_TYPES: Final = {"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD"}
_LONG_WORDS: Final = {"WindowCenterWidthExplanation", "RescaleType"}  # value representation LO
_BY_TAG: Final[dict[int, str]] = {tag: name for name in KEYWORDS if (tag := tag_for_keyword(name))}
_COPIES: Final[dict[str, Callable[[DataElement, str], DataElement | None]]] = {
    **dict.fromkeys(WORDS, _words),
    **dict.fromkeys(NUMBERS, _numbers),
    **dict.fromkeys(TABLES, _table),
    **dict.fromkeys((*UIDS, "PatientAge", "PatientID", "SOPClassUID"), lambda _element, _keyword: None),
}
