"""Builders of zip archives: ordinary ones, and ones that no honest program writes."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LINK, DEVICE, PIPE = 0o120777, 0o020666, 0o010644


@dataclass(frozen=True)
class Forged:
    """One entry as the archive's two headers describe it, whatever is true."""

    name: bytes
    data: bytes
    method: int = 0
    size: int = 0
    flags: int = 0x800
    mode: int = 0o100644
    offset: int | None = None  # of another entry's header; None writes one of its own
    crc: int = 0
    made_by: int = 3


def ordinary(path: Path, files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def zip_bytes(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def honest(name: str, content: bytes, **fields: int) -> Forged:
    return Forged(name.encode(), content, size=len(content), crc=zlib.crc32(content), **fields)


def forge(path: Path, entries: list[Forged]) -> Path:
    """Write headers and data by hand: sections 4.3.7, 4.3.12 and 4.3.16 of APPNOTE.TXT."""
    body, directory = bytearray(), bytearray()
    for entry in entries:
        offset = len(body) if entry.offset is None else entry.offset
        common = struct.pack(
            "<HHHHHIIIHH",
            *(20, entry.flags, entry.method, 0, 0x21, entry.crc),
            *(len(entry.data), entry.size, len(entry.name), 0),
        )
        if entry.offset is None:
            body += b"PK\x03\x04" + common + entry.name + entry.data
        made_by = struct.pack("<H", 20 | entry.made_by << 8)
        attributes = struct.pack("<HHHII", 0, 0, 0, entry.mode << 16, offset)
        directory += b"PK\x01\x02" + made_by + common + attributes + entry.name
    n = min(len(entries), 0xFFFF)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, n, n, len(directory), len(body), 0)
    path.write_bytes(bytes(body + directory + end))
    return path


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def deflated_zeros(n_bytes: int) -> bytes:
    """Return `n_bytes` zeros deflated, without ever holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = bytes(1024**2)
    parts = [packer.compress(piece) for _ in range(n_bytes // len(piece))]
    return b"".join(parts) + packer.flush()


def overlapping(path: Path, n_entries: int, kernel: bytes) -> Path:
    """Entries that all mean the same bytes: a small archive that unpacks to n_entries kernels."""
    first = Forged(b"a0", deflated(kernel), method=8, size=len(kernel), crc=zlib.crc32(kernel))
    more = [
        Forged(b"a0", first.data, method=8, size=first.size, crc=first.crc, offset=0)
        for _ in range(n_entries - 1)
    ]
    return forge(path, [first, *more])


def quoting(path: Path, kernel: bytes) -> Path:
    """Two entries, the second inside the data of the first: Fifield's overlapping bomb in small."""
    inner = honest("b", kernel)
    header = struct.pack("<HHHHHIIIHH", 20, 0x800, 0, 0, 0x21, inner.crc, len(kernel), len(kernel), 1, 0)
    quoted = b"PK\x03\x04" + header + b"b" + kernel
    first = honest("a", quoted)
    return forge(path, [first, Forged(b"b", kernel, size=len(kernel), crc=inner.crc, offset=30 + 1)])
