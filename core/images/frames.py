"""Frames on a pipe between this process and a decoder: a JSON header and raw buffers, each of a stated size.

Nothing in a frame is ever executed or unpickled. What comes from a decoder is foreign: its sizes are checked
against bounds before memory is taken for them.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

MAX_BUFFERS: Final = 255

_MAGIC: Final = b"LBX1"
_MAX_HEADER_BYTES: Final = 4 * 1024**2
_PREFIX: Final = struct.Struct(">4sIB")  # magic, bytes of the header, number of buffers
_SIZE: Final = struct.Struct(">Q")


class BrokenFrameError(Exception):
    """What came through the pipe is no frame, or a larger one than is taken."""


@dataclass(frozen=True)
class Frame:
    """One message: a JSON object and raw bytes."""

    header: dict[str, Any]
    buffers: list[bytes]


def write_frame(stream: BinaryIO, header: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
    """Write one frame and flush; OSError if nobody reads any longer."""
    text = json.dumps(header).encode()
    if len(text) > _MAX_HEADER_BYTES or len(buffers) > MAX_BUFFERS:
        raise BrokenFrameError(f"a header of {len(text)} bytes with {len(buffers)} buffers")
    stream.write(_PREFIX.pack(_MAGIC, len(text), len(buffers)))
    stream.write(b"".join(_SIZE.pack(len(buffer)) for buffer in buffers))
    stream.write(text)
    for buffer in buffers:
        stream.write(buffer)
    stream.flush()


def read_frame(stream: BinaryIO, *, most_bytes: int) -> Frame | None:
    """Return the next frame, or None where the stream ends.

    Raises
    ------
    BrokenFrameError
        It is no frame, ends too early, or its buffers have more than `most_bytes` together.
    """
    start = stream.read(_PREFIX.size)
    if not start:
        return None
    magic, header_bytes, n_buffers = _PREFIX.unpack(_filled(start, _PREFIX.size))
    if magic != _MAGIC or header_bytes > _MAX_HEADER_BYTES or n_buffers > MAX_BUFFERS:
        raise BrokenFrameError("no frame")
    sizes = [size for (size,) in _SIZE.iter_unpack(_read(stream, _SIZE.size * n_buffers))]
    if sum(sizes) > most_bytes:
        raise BrokenFrameError(f"{sum(sizes)} bytes where at most {most_bytes} are taken")
    header = _parsed(_read(stream, header_bytes))
    return Frame(header, [_read(stream, size) for size in sizes])


def _read(stream: BinaryIO, n_bytes: int) -> bytes:
    return _filled(stream.read(n_bytes), n_bytes)


def _filled(content: bytes, n_bytes: int) -> bytes:
    if len(content) != n_bytes:
        raise BrokenFrameError(f"{len(content)} of {n_bytes} bytes came")
    return content


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenFrameError("no JSON") from error
    if not isinstance(header, dict):
        raise BrokenFrameError("no JSON object")
    return header
