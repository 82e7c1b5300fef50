"""One change of a file after another, drawn from a seed: bytes, lengths, pieces, and checksums put right."""

import random
import struct
import zlib
from collections.abc import Callable

_HEADER = 2048
_ODD = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_PNG = b"\x89PNG\r\n\x1a\n"
_WORDS = (
    *(
        b"nan",
        b"-inf",
        b"1e400",
        b"-1",
        b"0",
        b"\\",
        b"SQ",
        b"UN",
        b"OB",
        b"DS",
        b"US",
        b"IHDR",
        b"IDAT",
        b"acTL",
    ),
    *(
        b"\xfe\xff\x00\xe0",
        b"\xfe\xff\xdd\xe0",
        b"\xe0\x7f\x10\x00",
        b"\x28\x00\x10\x00",
        b"\xff\xd8",
        b"\xff\xd9",
    ),
    *(
        b"\xff\xc0",
        b"\xff\xc4",
        b"\xff\xdb",
        b"\xff\xda",
        b"\xff\x4f\xff\x51",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"../",
    ),
)


def mutated(content: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """Return `content` after 1 to 8 changes; PNG chunks have right checksums again in most cases."""
    data = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5, 8))):
        draw.choice(_CHANGES)(data, others, draw)
        if not data:
            data += b"\0"
    if data.startswith(_PNG) and draw.random() < 0.8:
        _mend_checksums(data)
    return bytes(data)


def _place(data: bytearray, draw: random.Random) -> int:
    end = min(len(data), _HEADER) if draw.random() < 0.7 else len(data)
    return draw.randrange(max(1, end))


def _bit(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    data[_place(data, draw)] ^= 1 << draw.randrange(8)


def _byte(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    data[_place(data, draw)] = draw.randrange(256)


def _number(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    at, kind = _place(data, draw), draw.choice("BHI")
    number = draw.choice(_ODD) & ((1 << 8 * struct.calcsize(kind)) - 1)
    packed = struct.pack(draw.choice("<>") + kind, number)
    data[at : at + len(packed)] = packed


def _word(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    at, word = _place(data, draw), draw.choice(_WORDS)
    data[at : at + (len(word) if draw.random() < 0.7 else 0)] = word


def _cut(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    del data[draw.randrange(len(data)) :]


def _remove(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    at = _place(data, draw)
    del data[at : at + draw.choice((1, 2, 4, 8, 100, 1000))]


def _repeat(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    at = _place(data, draw)
    data[at:at] = data[at : at + draw.choice((1, 2, 4, 8, 100, 1000))] * draw.choice((1, 1, 2, 50))


def _splice(data: bytearray, others: list[bytes], draw: random.Random) -> None:
    other, at = draw.choice(others), _place(data, draw)
    start, length = draw.randrange(max(1, len(other))), draw.choice((4, 16, 128, 1024))
    data[at : at + length] = other[start : start + length]


def _noise(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    at = _place(data, draw)
    data[at : at + 16] = draw.randbytes(16)


_CHANGES: tuple[Callable[[bytearray, list[bytes], random.Random], None], ...] = (
    *(_bit, _byte, _number, _number, _number, _word, _cut, _remove, _repeat, _splice, _noise),
)


def _mend_checksums(data: bytearray) -> None:
    at = len(_PNG)
    while at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        end = at + 8 + length
        if end + 4 > len(data):
            return
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
