"""Walk over the elements of a DICOM header without decoding them: in bounded time, whatever the file is.

Covers: explicit and implicit VR, both byte orders, deflated files, files without preamble or meta
information, nested sequences of any depth and length. Stops at encapsulated pixels, at what makes no sense,
and after 20,000 elements and items (about 20 ms), so that no file can hold up who asks.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from pydicom.datadict import dictionary_VR

MOST_ELEMENTS: Final = 20_000
MOST_INFLATED_BYTES: Final = 8 * 1024**2
_SHOWN_BYTES: Final = 256
_UNDEFINED: Final = 0xFFFFFFFF
_TRANSFER_SYNTAX: Final = 0x00020010
_DEFLATED, _BIG_ENDIAN = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2"
_SEQUENCE_END: Final = 0xFFFEE0DD
_SHORT: Final = frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL")
    + (b"SS", b"ST", b"TM", b"UI", b"UL", b"US")
)
# PS3.5 section 7.1.2: two reserved bytes, then a length of four.
_LONG: Final = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)


class Element(NamedTuple):
    """One element: its tag, its value representation (empty if implicit), its first 256 bytes.

    `length` is what the file states for the whole value, `depth` in how many sequences it lies, and `is_big`
    its byte order.
    """

    tag: int
    vr: bytes
    value: bytes
    length: int = 0
    depth: int = 0
    is_big: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether its value is nothing but blanks and zeros."""
        return not self.value.strip(b" \0")


def walk(content: bytes) -> Iterator[Element]:
    """Yield the elements of a DICOM file in their order, nested ones behind the sequence that holds them.

    Parameters
    ----------
    content
        The bytes of a file; anything may be given.
    """
    n_left = MOST_ELEMENTS
    syntax, position = b"", 132 if content[128:132] == b"DICM" else 0
    for element, after in _elements(content, position, big=False, explicit=True, only_group=2):
        n_left, position = n_left - 1, after
        if element.tag == _TRANSFER_SYNTAX:
            syntax = element.value.strip(b" \0")
        yield element
        if not n_left:
            return
    if syntax == _DEFLATED:
        content, position = _inflated(content[position:]), 0
    big = syntax == _BIG_ENDIAN or (not syntax and content[position : position + 1] == b"\0")
    # Files lie about it; the letters of a value representation do not.
    explicit = content[position + 4 : position + 6] in _SHORT | _LONG
    for element, _after in _elements(content, position, big=big, explicit=explicit, limit=n_left):
        yield element


def _elements(
    data: bytes, position: int, *, big: bool, explicit: bool, only_group: int = -1, limit: int = MOST_ELEMENTS
) -> Iterator[tuple[Element, int]]:
    """Yield elements and where the next begins. A sequence is stepped into: its items follow flat."""
    order, implicit_depth = ">" if big else "<", 0  # depth of sequences inside an element of unknown VR
    ends: list[int] = []  # where the sequences around end, _UNDEFINED where their length does not tell
    for _ in range(limit):
        if position + 8 > len(data):
            return
        group, number = struct.unpack_from(f"{order}HH", data, position)
        tag = group << 16 | number
        if only_group not in (-1, group):
            return
        _leave(ends, position, tag)
        if group == 0xFFFE:  # an item, or an end
            implicit_depth -= tag == _SEQUENCE_END and implicit_depth > 0
            position += 8
            continue
        vr, length, start = _header(data, position, order, explicit=explicit and not implicit_depth)
        undefined = length == _UNDEFINED
        value = data[start : start + min(length, _SHOWN_BYTES)]
        element = Element(tag, vr, value, length, len(ends), big)
        yield element, start if undefined else start + length
        if undefined and group == 0x7FE0:
            return
        nested = vr == b"SQ" or undefined or (not vr and _is_sequence(tag))
        # PS3.5 section 6.2.2, note 7: what an unknown element of undefined length holds is implicit.
        implicit_depth += undefined and (implicit_depth > 0 or vr == b"UN")
        if nested:
            ends.append(_UNDEFINED if undefined else start + length)
        position = start if nested else start + length


def _leave(ends: list[int], position: int, tag: int) -> None:
    if tag == _SEQUENCE_END and ends and ends[-1] == _UNDEFINED:
        ends.pop()
    while ends and ends[-1] <= position:
        ends.pop()


def _header(data: bytes, position: int, order: str, *, explicit: bool) -> tuple[bytes, int, int]:
    if not explicit:
        return b"", struct.unpack_from(f"{order}I", data, position + 4)[0], position + 8
    vr = data[position + 4 : position + 6]
    if vr in _LONG and position + 12 <= len(data):
        return vr, struct.unpack_from(f"{order}I", data, position + 8)[0], position + 12
    return vr, struct.unpack_from(f"{order}H", data, position + 6)[0], position + 8


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, MOST_INFLATED_BYTES)
    except zlib.error:
        return b""


@lru_cache(maxsize=4096)
def _is_sequence(tag: int) -> bool:
    try:
        return bool(dictionary_VR(tag) == "SQ")
    except KeyError:
        return False
