"""Builders of pictures, byte by byte: what Pillow does not write, and what nobody should."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE = 0, 2, 3


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, rows: bytes, *, bits: int = 8, colour: int = GREY, extra: bytes = b""
) -> bytes:
    """Return a PNG of rows that have no filter bytes yet; `extra` chunks stand before the pixels."""
    stride = len(rows) // max(1, height)
    filtered = b"".join(
        b"\0" + rows[row * stride : (row + 1) * stride] for row in range(min(height, len(rows)))
    )
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        SIGNATURE
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(filtered))
        + chunk(b"IEND", b"")
    )


def tiff(values: NDArray[Any], *, tags: dict[int, tuple[int, int, int]] | None = None) -> bytes:
    """Return a little-endian TIFF 6.0 of one strip; `tags` {id: (type, count, value)} replace its own."""
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    samples = values.shape[2] if values.ndim == 3 else 1
    bits = values.dtype.itemsize * 8
    data = values.astype(values.dtype.newbyteorder("<")).tobytes()
    start = 8
    extra = start + len(data)
    triple = struct.pack("<3H", bits, bits, bits) + struct.pack("<3H", kind, kind, kind)
    own: dict[int, tuple[int, int, int]] = {
        256: (4, 1, values.shape[1]),
        257: (4, 1, values.shape[0]),
        258: (3, 1, bits) if samples == 1 else (3, 3, extra),
        259: (3, 1, 1),
        262: (3, 1, 1 if samples == 1 else 2),
        273: (4, 1, start),
        277: (3, 1, samples),
        278: (4, 1, values.shape[0]),
        279: (4, 1, len(data)),
        339: (3, 1, kind) if samples == 1 else (3, 3, extra + 6),
    }
    own |= tags or {}
    directory = struct.pack("<H", len(own))
    for number, (type_, count, value) in sorted(own.items()):
        directory += struct.pack("<HHII", number, type_, count, value)
    return b"II*\0" + struct.pack("<I", extra + 12) + data + triple + directory + bytes(4)


def grey_steps(shape: tuple[int, int] = (8, 32)) -> NDArray[np.uint8]:
    return np.arange(np.prod(shape), dtype=np.uint32).astype(np.uint8).reshape(shape)


def segments_of(jpeg: bytes) -> list[tuple[int, int, int]]:
    """Return (marker, start, end) of each segment of a JPEG before its scan."""
    found, at = [], 2
    while jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        length = struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        found.append((jpeg[at + 1], at, at + 2 + length))
        at += 2 + length
    return found


def with_jpeg_size(jpeg: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose frame header claims another size."""
    at = next(start for marker, start, _ in segments_of(jpeg) if marker in (0xC0, 0xC1, 0xC2))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def without_segment(jpeg: bytes, unwanted: int) -> bytes:
    for marker, start, end in segments_of(jpeg):
        if marker == unwanted:
            return jpeg[:start] + jpeg[end:]
    return jpeg
