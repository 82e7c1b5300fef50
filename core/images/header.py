"""The header of a DICOM file as rows of a table, in which nobody is named.

An allow-list decides whose value is shown: numbers that parse as numbers, words of a list, UIDs that the
standard gives. All others are listed by the standard's name for them, and private ones are counted by group.

Covers: nested sequences, files with more elements than anyone reads, text in the place of a number.
Does not cover: that an element is there at all may say something ("Pregnancy Status").
"""

import math
import struct
from collections import Counter
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_description, dictionary_keyword, dictionary_VR, keyword_dict
from pydicom.uid import UID

from core.errors import UnreadableImageError
from core.images.acquisition import ACQUISITION, CODED
from core.images.allow_list import NUMBERS, PALETTES, PIXELS, SEQUENCES, TABLES, WORDS
from core.images.elements import Element, walk
from core.language import N_, Message

MOST_ROWS: Final = 2000
MOST_DEPTH: Final = 4
_MOST_VALUES: Final = 8
_PUBLIC_UIDS: Final = ("TransferSyntaxUID", "SOPClassUID", "MediaStorageSOPClassUID")
_FORMATS: Final = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "AT": "HH"}
_UNDEFINED: Final = 0xFFFFFFFF


class HeaderRow(BaseModel):
    """One element, or one sequence above its elements.

    Attributes
    ----------
    tag
        As "(0028,0010)".
    keyword, name
        The standard's, or empty where it knows none.
    vr
        Two letters.
    value
        What may be shown of the value.
    note
        What is said instead of a value, marked for translation: that it is hidden, or empty, or how large.
    depth
        In how many sequences it lies.
    """

    model_config = ConfigDict(frozen=True)

    tag: str
    keyword: str
    name: str
    vr: str
    value: str = ""
    note: Message | None = None
    is_hidden: bool = False
    depth: int = 0


class HeaderTable(BaseModel):
    """The rows, and what is not among them.

    Attributes
    ----------
    private
        How many private elements there are in each group, as {"0009": 12}.
    is_cut
        Whether the file has more rows, or deeper ones, than are listed.
    """

    model_config = ConfigDict(frozen=True)

    rows: tuple[HeaderRow, ...]
    private: dict[str, int]
    is_cut: bool

    @property
    def n_hidden(self) -> int:
        """How many rows hide their value."""
        return sum(row.is_hidden for row in self.rows)


def read_header(content: bytes) -> HeaderTable:
    """Return the header of a DICOM file as rows, in bounded time.

    Raises
    ------
    UnreadableImageError
        There is no element in it.
    """
    rows: list[HeaderRow] = []
    private: Counter[str] = Counter()
    is_cut = False
    for element in walk(content):
        group, number = element.tag >> 16, element.tag & 0xFFFF
        if group % 2:
            private[f"{group:04X}"] += 1
        elif number == 0:  # a group's length says nothing to a reader
            continue
        elif element.depth > MOST_DEPTH or len(rows) == MOST_ROWS:
            is_cut = True
        else:
            rows.append(_row(element))
    if not rows:
        raise UnreadableImageError(N_("The file has no DICOM header."))
    return HeaderTable(rows=tuple(rows), private=dict(sorted(private.items())), is_cut=is_cut)


def rows_task(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Do `read_header` in a decoder process: see `core.images.sandbox`."""
    return read_header(content).model_dump(mode="json"), []


def _row(element: Element) -> HeaderRow:
    keyword, name, vr = _known(element.tag)
    stated = element.vr.decode("ascii", "replace")
    vr = stated if stated in _VRS else vr
    value, note = _shown(element, keyword, vr)
    return HeaderRow(
        tag=f"({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})",
        keyword=keyword,
        name=name,
        vr=vr,
        value=value,
        note=note,
        is_hidden=note == _HIDDEN,
        depth=element.depth,
    )


_VRS: Final = frozenset(
    (
        "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT"
    ).split()
)
_HIDDEN: Final = Message(text=N_("hidden"))
_EMPTY: Final = Message(text=N_("empty"))
_SEQUENCE: Final = Message(text=N_("sequence"))


def _known(tag: int) -> tuple[str, str, str]:
    try:
        return dictionary_keyword(tag), dictionary_description(tag), dictionary_VR(tag)[:2]
    except KeyError:
        return "", "", ""


def _shown(element: Element, keyword: str, vr: str) -> tuple[str, Message | None]:
    if vr == "SQ":
        return "", _SEQUENCE
    if keyword in (*TABLES, *PALETTES, *PIXELS):
        return "", _size(element.length)
    if element.length == 0:
        return "", _EMPTY
    value = _value(element, keyword, vr)
    return (value, None) if value else ("", _HIDDEN)


def _value(element: Element, keyword: str, vr: str) -> str:
    """Return what may be shown of a value; nothing where it is not what its keyword promises."""
    if keyword in _NUMBERS:
        return _numbers(element, vr)
    text = element.value.decode("ascii", "replace").strip(" \0")
    listed = WORDS.get(keyword) or CODED.get(keyword)
    if listed is not None:
        words = [word.strip().upper() for word in text.split("\\")]
        known = [word if word in listed else "?" for word in words]
        return " \\ ".join(known) if listed.intersection(words) else ""
    if keyword in _PUBLIC_UIDS:
        uid = UID(text, validation_mode=IGNORE)
        return uid.name if uid.name != str(uid) else ""
    return ""


_NUMBERS: Final = frozenset((*NUMBERS, *ACQUISITION))


def _numbers(element: Element, vr: str) -> str:
    try:
        if vr in ("DS", "IS"):
            numbers = [float(part) for part in element.value.decode("ascii").strip(" \0").split("\\")]
        else:
            numbers = _unpacked(element, _FORMATS[vr])
    except (KeyError, ValueError, struct.error):
        return ""
    if not all(math.isfinite(number) for number in numbers):
        return ""
    more = " \\ ..." if len(numbers) > _MOST_VALUES else ""
    return " \\ ".join(f"{number:.10g}" for number in numbers[:_MOST_VALUES]) + more


def _unpacked(element: Element, letter: str) -> list[float]:
    size = struct.calcsize(f"<{letter}")
    n = len(element.value) // size
    order = ">" if element.is_big else "<"
    return [float(number) for number in struct.unpack(f"{order}{letter * n}", element.value[: n * size])]


def _size(length: int) -> Message:
    if length == _UNDEFINED:
        return Message(text=N_("compressed pixels"))
    return Message(text=N_("{n} bytes"), values={"n": length})


# A keyword that is misspelt would hide its value without a word.
_UNKNOWN: Final = [word for word in (*_NUMBERS, *WORDS, *CODED, *SEQUENCES) if word not in keyword_dict]
if _UNKNOWN:
    raise ImportError(f"no DICOM keywords: {_UNKNOWN}")
