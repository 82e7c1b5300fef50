"""What a zip archive must not be or hold, by PKWARE's APPNOTE.TXT: checked before it is unpacked."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from core.errors import ImportRefusedError
from core.language import N_

_MEGABYTE: Final = 1024**2
_LOCAL_HEADER: Final = 30  # bytes before the name: section 4.3.7
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_MAX_DIRECTORY_BYTES: Final = 32 * 1024**2
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000  # section 4.4.4: encrypted, strongly, and its directory too
_UNIX: Final = (3, 19)  # section 4.4.2: who made the entry, and so what its attributes mean
_METHODS: Final = {
    9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd", 99: "AES",
}  # fmt: skip
_KINDS: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf'\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
}
_TAR: Final = slice(257, 262)


class Budgets(BaseModel):
    """How much one archive may become, with all archives inside it."""

    model_config = ConfigDict(frozen=True)

    entries: int = Field(default=50_000, ge=1)
    file_bytes: int = Field(default=2 * 1024**3, ge=1)
    total_bytes: int = Field(default=8 * 1024**3, ge=1)
    ratio: int = Field(default=100, ge=1, description="Most bytes for each byte of the archive")
    free_bytes: int = Field(default=64 * 1024**2, ge=0, description="So much may come out whatever the ratio")
    depth: int = Field(default=1, ge=0, description="Levels of archives inside the archive")


def archive_kind(head: bytes) -> str | None:
    """Return "zip", or the name of another kind of archive, by the first 262 bytes of a file; else None."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head[_TAR] == b"ustar":
        return "tar"
    return next((name for start, name in _KINDS.items() if head.startswith(start)), None)


class Guarded(io.FileIO):
    """The archive's file; a directory that would take minutes or gigabytes to understand is never read."""

    def __init__(self, archive: Path, entries: int) -> None:
        super().__init__(archive, "rb")
        self._entries = entries

    def read(self, size: int | None = -1) -> bytes:
        """Read as a file does; refuse what can only be a directory beyond all measure."""
        if size is not None and size > _MAX_DIRECTORY_BYTES:
            raise ImportRefusedError(N_("The archive's list of files is too long to be one."))
        content = super().read(-1 if size is None else size) or b""
        if (n_entries := content.count(_DIRECTORY_ENTRY)) > self._entries:
            raise too_many(n_entries, self._entries)
        return content


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Say in one sentence what a damaged archive makes zipfile say in many."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        LookupError,
        ValueError,
        RuntimeError,
    ) as error:
        text = N_("The archive is damaged, or no zip archive: it cannot be unpacked.")
        raise ImportRefusedError(text) from error


def check_kind(file: io.FileIO) -> None:
    """Refuse an archive of another kind by its name; what is no archive at all is zipfile's to find."""
    kind = archive_kind(file.read(_TAR.stop))
    file.seek(0)
    if kind not in (None, "zip"):
        text = N_(
            "This is a {kind} archive; only zip is unpacked. Unpack it yourself, or pack its files as zip."
        )
        raise ImportRefusedError(text, kind=kind)


def check_entry(info: zipfile.ZipInfo, number: int, budgets: Budgets) -> None:
    """Refuse an entry that is encrypted, compressed in a rare way, no file, or too large."""
    if info.flag_bits & _ENCRYPTED:
        text = N_("Entry {number} of the archive is protected by a password. Pack it again without one.")
        raise ImportRefusedError(text, number=number)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        text = N_(
            "Entry {number} of the archive is compressed as {method}; only stored and deflated ones are"
            " unpacked. Pack it again as an ordinary zip."
        )
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        raise ImportRefusedError(text, number=number, method=method)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.create_system in _UNIX and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        text = N_("Entry {number} of the archive is a link or a device, and no file: nothing was unpacked.")
        raise ImportRefusedError(text, number=number)
    if info.file_size > budgets.file_bytes:
        text = N_("Entry {number} of the archive has {size} MB; at most {limit} MB are unpacked of one file.")
        limit = budgets.file_bytes // _MEGABYTE
        raise ImportRefusedError(text, number=number, size=info.file_size // _MEGABYTE, limit=limit)


def check_apart(entries: list[zipfile.ZipInfo], end: int) -> None:
    """Refuse entries that share bytes: so a small archive becomes a huge one."""
    places = sorted((info.header_offset, info.compress_size) for info in entries)
    ends = [offset + _LOCAL_HEADER + size for offset, size in places]
    starts = [offset for offset, _ in places[1:]] + [end]
    if any(after < before for before, after in zip(ends, starts, strict=False)) or (
        places and places[0][0] < 0
    ):
        raise ImportRefusedError(N_("Entries of the archive share the same bytes: it is a trap, or damaged."))


def too_many(n_entries: int, most: int) -> ImportRefusedError:
    """Return the error for an archive of too many entries."""
    text = N_(
        "The archive holds {n} files; at most {most} are unpacked. Unpack it yourself and import the folder"
        " from the command line."
    )
    return ImportRefusedError(text, n=n_entries, most=most)
