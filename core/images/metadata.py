"""Which kinds of identifying things stand beside the pixels of a PNG, JPEG or TIFF: in bounded time.

Covers: PNG text, time and EXIF chunks; JPEG comments and application segments, before and between its scans;
TIFF tags of each page; EXIF with its sub-directories, XMP, IPTC; what follows the end of a picture.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

from core.images import identity_kinds as kinds

_MOST_PARTS: Final = 5_000  # chunks, segments, tags
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_XMP_HEAD: Final = b"http://ns.adobe.com/"
_EXIF_HEAD: Final = b"Exif\0\0"
_TIFF_HEADS: Final = (b"II*\0", b"MM\0*")
_MARKER: Final = re.compile(b"\xff[\xc0-\xcf\xd8-\xfe]")  # in the coded data: no stuffed byte, no restart
# TIFF 6.0, EXIF 2.32 (tags), TIFF/EP and the XP tags of Windows.
_TAG_KINDS: Final[dict[int, str]] = {
    # Document name, description, page name, software, artist, host computer, copyright, user comment
    **dict.fromkeys((0x010D, 0x010E, 0x011D, 0x0131, 0x013B, 0x013C, 0x8298, 0x9286), kinds.PICTURE_TEXT),
    # Title, comment, author, keywords and subject of Windows; the picture's unique name
    **dict.fromkeys((0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0xA420), kinds.PICTURE_TEXT),
    **dict.fromkeys((0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292), kinds.DATE),
    # Make, model, the maker's notes, owner, serial number, lens
    **dict.fromkeys((0x010F, 0x0110, 0x927C, 0xA430, 0xA431, 0xA432, 0xA433, 0xA434, 0xA435), kinds.CAMERA),
    0x02BC: kinds.XMP,
    **dict.fromkeys((0x83BB, 0x8649), kinds.IPTC),
}
_EXIF_FOLDER, _GPS_FOLDER, _SUB_FOLDERS = 0x8769, 0x8825, 0x014A
_THUMBNAIL: Final = 0x0201
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def kinds_in_picture(content: bytes) -> set[str]:
    """Return the kinds of identifying things in a PNG, JPEG or TIFF file; empty for anything else."""
    if content.startswith(_PNG):
        return _in_png(content)
    if content.startswith(b"\xff\xd8"):
        return _in_jpeg(content)
    return _in_tiff(content) if content.startswith(_TIFF_HEADS) else set()


def _in_png(content: bytes) -> set[str]:
    found: set[str] = set()
    position = len(_PNG)
    for _ in range(_MOST_PARTS):
        if position + 8 > len(content):
            return found
        length, kind = struct.unpack_from(">I4s", content, position)
        head = content[position + 8 : position + 8 + min(length, 64)]
        position += 12 + length
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            found.add(_kind_of_text(head))
        elif kind == b"eXIf":
            found |= _in_tiff(content[position - 4 - length : position - 4])
        elif kind == b"tIME":
            found.add(kinds.DATE)
        elif kind == b"IEND":
            return found | ({kinds.BEHIND} if content[position:].strip(b"\0") else set())
    return found


def _kind_of_text(head: bytes) -> str:
    keyword = head.split(b"\0", 1)[0].lower()
    if b"xmp" in keyword:
        return kinds.XMP
    if b"iptc" in keyword or b"8bim" in keyword:
        return kinds.IPTC
    return kinds.DATE if keyword in (b"creation time", b"date:create", b"date:modify") else kinds.PICTURE_TEXT


def _in_jpeg(content: bytes) -> set[str]:
    found: set[str] = set()
    end = len(content)
    for marker, start, stop in _segments(content):
        end = stop
        if marker == 0xFE:
            found.add(kinds.PICTURE_TEXT)
        elif 0xE0 <= marker <= 0xEF:
            found |= _in_segment(marker, content[start:stop])
    return found | ({kinds.BEHIND} if content[end:].strip(b"\0") else set())


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker code, start and end of the content of each segment of a JPEG, to its end."""
    position = 2
    for _ in range(_MOST_PARTS):
        match = _MARKER.search(content, position)
        if match is None:
            return
        marker, start = content[match.start() + 1], match.end()
        if marker == 0xD9 or start + 2 > len(content):
            yield 0xD9, start, start
            return
        length = struct.unpack_from(">H", content, start)[0]
        yield marker, start + 2, min(start + length, len(content))
        position = start + max(length, 2)


def _in_segment(marker: int, data: bytes) -> set[str]:
    if data.startswith(_EXIF_HEAD):
        return _in_tiff(data[len(_EXIF_HEAD) :])
    if data.startswith(_XMP_HEAD):
        return {kinds.XMP}
    if marker == 0xED:
        return {kinds.IPTC}
    has_thumbnail = data.startswith(b"JFIF\0") and len(data) > 14
    if has_thumbnail or data.startswith((b"MPF\0", b"JFXX\0")):
        return {kinds.EMBEDDED}
    return set() if data.startswith((b"JFIF\0", b"Adobe", b"ICC_PROFILE\0")) else {kinds.PRIVATE}


def _in_tiff(data: bytes) -> set[str]:
    """Return the kinds in a TIFF file, or in EXIF, which is one without pixels."""
    if not data.startswith(_TIFF_HEADS) or len(data) < 8:
        return set()
    order = "<" if data[:2] == b"II" else ">"
    waiting, seen, found = [struct.unpack_from(f"{order}I", data, 4)[0]], set(), set()
    n_left = _MOST_PARTS
    while waiting and n_left > 0:
        position = waiting.pop()
        if position in seen or not 8 <= position <= len(data) - 2:
            continue
        seen.add(position)
        for tag, value in _tags(data, position, order):
            n_left -= 1
            found |= _of_tag(tag, value)
            if tag in (_EXIF_FOLDER, _GPS_FOLDER, _SUB_FOLDERS, 0):
                waiting += [
                    offset for (offset,) in struct.iter_unpack(f"{order}I", value[: len(value) // 4 * 4])
                ]
    return found


def _of_tag(tag: int, value: bytes) -> set[str]:
    if tag == _GPS_FOLDER:
        return {kinds.GPS}
    if tag == _THUMBNAIL:
        return {kinds.EMBEDDED}
    kind = _TAG_KINDS.get(tag)
    return {kind} if kind and value.strip(b" \0") else set()


def _tags(data: bytes, position: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield the tags of a directory with the first bytes of their values; as tag 0 where the next one is."""
    n_tags = min(struct.unpack_from(f"{order}H", data, position)[0], 512)
    for start in range(position + 2, position + 2 + 12 * n_tags, 12):
        if start + 12 > len(data):
            return
        tag, kind, count = struct.unpack_from(f"{order}HHI", data, start)
        size = _SIZES.get(kind, 1) * count
        at = start + 8 if size <= 4 else struct.unpack_from(f"{order}I", data, start + 8)[0]
        yield tag, data[at : at + min(size, 256)]
    end = position + 2 + 12 * n_tags
    yield 0, data[end : end + 4]
