"""Blank what may stand beside the picture inside a compressed frame: comments, application data, a tail.

Blanked in place where it can be, so that nothing moves and every pixel decodes as before.

Covers: JPEG and JPEG Lossless (ITU-T T.81), JPEG-LS (T.87), JPEG 2000 and HTJ2K (T.800, T.814).
Does not cover: what somebody hides on purpose in the coded values themselves.
"""

import re
from typing import Final

from core.errors import UnreadableImageError
from core.language import N_

# In coded data FF is followed by 00 (T.81 B.1.1.5) or by less than 80 (T.87 A.1), or is a restart: no marker.
_MARKER: Final = re.compile(b"\xff([\xc0-\xcf\xd8-\xfe])")
_COMMENT, _END, _START = 0xFE, 0xD9, 0xD8
_APPLICATIONS: Final = range(0xE0, 0xF0)
_J2K_START, _J2K_COMMENT, _J2K_TILE, _J2K_DATA, _J2K_END = 0xFF4F, 0xFF64, 0xFF90, 0xFF93, 0xFFD9


def blanked_jpeg(stream: bytes) -> bytes:
    """Return a JPEG or JPEG-LS stream without comments, application data and tail.

    Kept of the application data is what tells a decoder the colours: JFIF's version, Adobe's transform, and
    the colour transform of JPEG-LS.

    Raises
    ------
    UnreadableImageError
        It does not begin or does not end as such a stream does.
    """
    begin = stream.find(b"\xff\xd8\xff")
    blanked, position = bytearray(stream), begin + 2
    while begin >= 0 and (match := _MARKER.search(stream, position)):
        marker, start = match[1][0], match.end()
        if marker == _END:
            return bytes(blanked[begin:start])
        if marker == _START:
            position = start
            continue
        end = start + max(int.from_bytes(stream[start : start + 2]), 2)
        if marker == _COMMENT or marker in _APPLICATIONS:
            body = stream[start + 2 : end]
            blanked[start + 2 : start + 2 + len(body)] = _told_colours(body).ljust(len(body), b"\0")
        position = end
    raise _no_end()


def blanked_jpeg2000(stream: bytes) -> bytes:
    """Return a JPEG 2000 codestream without comments and tail; out of a JP2 file only its codestream.

    Raises
    ------
    UnreadableImageError
        Its markers do not lead from its beginning to its end.
    """
    begin = stream.find(b"\xff\x4f\xff\x51")
    if begin < 0:
        raise _no_end()
    blanked, position = bytearray(stream), begin + 2
    tile_ends: int | None = None
    while position + 2 <= len(stream):
        marker = int.from_bytes(stream[position : position + 2])
        if marker == _J2K_END:
            return bytes(blanked[begin : position + 2])
        if marker == _J2K_DATA:
            position = _after_tile(stream, position, tile_ends)
            continue
        length = int.from_bytes(stream[position + 2 : position + 4])
        if marker < 0xFF00 or length < 2:
            break
        if marker == _J2K_TILE:  # T.800 A.4.2: the length of the tile-part from this marker on, 0 to the end
            n_bytes = int.from_bytes(stream[position + 6 : position + 10])
            tile_ends = position + n_bytes if n_bytes else None
        elif marker == _J2K_COMMENT:  # after its length and whether it is text
            blanked[position + 6 : position + 2 + length] = bytes(max(length - 4, 0))
        position += 2 + length
    raise _no_end()


def _after_tile(stream: bytes, position: int, tile_ends: int | None) -> int:
    if tile_ends is not None:
        return max(tile_ends, position + 2)
    found = stream.find(b"\xff\xd9", position)  # coded data holds nothing above FF8F
    return found if found >= 0 else len(stream)


def _told_colours(body: bytes) -> bytes:
    if body.startswith(b"JFIF\0") and len(body) >= 14:
        return b"JFIF\0" + body[5:7] + bytes(1) + b"\0\1\0\1" + bytes(2)  # version; no density, no thumbnail
    if body.startswith(b"Adobe") and len(body) >= 12:
        return b"Adobe" + bytes(6) + body[11:12]
    return body[:5] if body.startswith(b"mrfx") else b""


def _no_end() -> UnreadableImageError:
    return UnreadableImageError(
        N_("Its compressed picture is not built as the standard says, so it cannot be made clean.")
    )
