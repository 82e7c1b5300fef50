"""Builders of DICOM files, element by element: PS3.5 section 7.1, PS3.10 section 7.1."""

import struct
import zlib
from collections.abc import Mapping

EXPLICIT, IMPLICIT, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED, RLE, JPEG_2000, JPEG = (
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.50",
)
UNDEFINED = 0xFFFFFFFF
_LONG = (b"OB", b"OW", b"OF", b"OD", b"SQ", b"UN", b"UT", b"UC", b"UR", b"OL")

Elements = Mapping[tuple[int, int], tuple[bytes, bytes]]


def element(tag: tuple[int, int], vr: bytes, value: bytes, *, length: int | None = None) -> bytes:
    """Return one element in explicit VR little endian; `length` lies about the length of its value."""
    value += b"\0" * (len(value) % 2)
    stated = len(value) if length is None else length
    if vr in _LONG:
        return struct.pack("<HH2sHI", *tag, vr, 0, stated) + value
    return struct.pack("<HH2sH", *tag, vr, stated & 0xFFFF) + value


def us(number: int) -> tuple[bytes, bytes]:
    return b"US", struct.pack("<H", number)


def meta(syntax: str) -> bytes:
    body = element((2, 2), b"UI", b"1.2.840.10008.5.1.4.1.1.7") + element((2, 16), b"UI", syntax.encode())
    return bytes(128) + b"DICM" + element((2, 0), b"UL", struct.pack("<I", len(body))) + body


def dicom(changes: Elements | None = None, *, syntax: str = EXPLICIT, raw: bytes = b"") -> bytes:
    """Return a 4 x 4 picture of 16 bits whose values are 0 to 15.

    `changes` replace elements, an empty VR leaves one out, `raw` stands before them all.
    """
    pixels = struct.pack("<16H", *range(16))
    own: dict[tuple[int, int], tuple[bytes, bytes]] = {
        (8, 0x16): (b"UI", b"1.2.840.10008.5.1.4.1.1.7"),
        (8, 0x60): (b"CS", b"CT"),
        (0x28, 2): us(1),
        (0x28, 4): (b"CS", b"MONOCHROME2"),
        (0x28, 0x10): us(4),
        (0x28, 0x11): us(4),
        (0x28, 0x100): us(16),
        (0x28, 0x101): us(16),
        (0x28, 0x102): us(15),
        (0x28, 0x103): us(0),
        (0x7FE0, 0x10): (b"OW", pixels),
    }
    own |= dict(changes or {})
    body = raw + b"".join(element(tag, vr, value) for tag, (vr, value) in sorted(own.items()) if vr)
    if syntax == DEFLATED:
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush()
    return meta(syntax) + body


def item(content: bytes, *, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


def end_of_items() -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def many_empty_items(n_items: int, tag: tuple[int, int] = (8, 0x1140)) -> bytes:
    """Return a sequence of empty items: 8 bytes each in the file, and an object each in a parser."""
    return element(tag, b"SQ", item(b"") * n_items)


def deep(levels: int, tag: tuple[int, int] = (8, 0x1140), *, undefined: bool = False) -> bytes:
    """Return sequences in sequences."""
    content = b""
    for _ in range(levels):
        if undefined:
            inner = item(content, length=UNDEFINED) + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
            content = element(tag, b"SQ", inner, length=UNDEFINED) + end_of_items()
        else:
            content = element(tag, b"SQ", item(content))
    return content


def encapsulated(fragments: list[bytes], *, table: bytes = b"", closed: bool = True) -> bytes:
    """Return the value of compressed pixels: PS3.5 A.4."""
    end = end_of_items() if closed else b""
    return item(table) + b"".join(map(item, fragments)) + end


def with_pixels(value: bytes, syntax: str, changes: Elements | None = None) -> bytes:
    """Return a file whose pixel data are `value` under an undefined length."""
    content = dicom({(0x7FE0, 0x10): (b"", b""), **(changes or {})}, syntax=syntax)
    return content + element((0x7FE0, 0x10), b"OB", value, length=UNDEFINED)
