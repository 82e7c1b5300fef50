"""Pictures as the bytes of a PNG or TIFF file, fast: one filter for all rows, ISA-L's first level.

Pillow's PNG of a chest film takes ten times as long and saves a tenth of the bytes; see
docs/decisions/2026-11-21-fast-pictures.md. Any reader of PNG and TIFF opens these.
"""

import struct
import zlib
from itertools import chain
from typing import Final

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

_LEVEL: Final = 1  # of 0 to 3: 0 is no faster, and makes files larger by a third
_GREY, _RGB = 0, 2  # PNG 11.2.1: colour types
_UP: Final = 2  # PNG 9.2: a byte less the one above it
_PIXEL_FORMATS: Final = {"i": 2, "f": 3}  # TIFF 6.0, section 19: SampleFormat
_SHORT, _LONG = 3, 4


def png_bytes(values: NDArray[np.generic]) -> bytes:
    """Return a PNG (ISO/IEC 15948) of pixels.

    Parameters
    ----------
    values
        ndarray of shape (H, W), uint8 or uint16, or of shape (H, W, 3), uint8.
    """
    height, width = values.shape[:2]
    depth, colour = 8 * values.dtype.itemsize, _RGB if values.ndim == 3 else _GREY
    stored = np.ascontiguousarray(values.astype(values.dtype.newbyteorder(">"), copy=False))
    rows = stored.reshape(height, -1).view(np.uint8)
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", _deflated(filtered)), (b"IEND", b""))
    return b"".join([b"\x89PNG\r\n\x1a\n", *chain.from_iterable(_chunk(*part) for part in parts)])


def tiff_bytes(values: NDArray[np.generic]) -> bytes:
    """Return a TIFF 6.0 of pixels that PNG cannot hold, in one deflated strip.

    Parameters
    ----------
    values
        ndarray of shape (H, W), int16, int32 or float32.
    """
    height, width = values.shape
    is_whole = values.dtype.kind == "i"
    stored = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False))
    if is_whole:  # section 14: what stands to the left is taken off, and wraps round
        stored = np.concatenate([stored[:, :1], stored[:, 1:] - stored[:, :-1]], axis=1)
    strip = _deflated(stored)
    tags = [
        (256, _LONG, width),
        (257, _LONG, height),
        (258, _SHORT, 8 * values.dtype.itemsize),
        (259, _SHORT, 8),  # Adobe deflate
        (262, _SHORT, 1),  # the lowest value is black
        (273, _LONG, 8),  # the strip stands right after the header
        (277, _SHORT, 1),
        (278, _LONG, height),
        (279, _LONG, len(strip)),
        (317, _SHORT, 2 if is_whole else 1),
        (339, _SHORT, _PIXEL_FORMATS[values.dtype.kind]),
    ]
    padding = len(strip) % 2  # a directory begins at an even place
    header = struct.pack("<2sHI", b"II", 42, 8 + len(strip) + padding)
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"".join([header, strip, bytes(padding), struct.pack("<H", len(tags)), directory, bytes(4)])


def _deflated(pixels: NDArray[np.generic]) -> bytes:
    return isal_zlib.compress(pixels, _LEVEL)


def _chunk(kind: bytes, content: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)
