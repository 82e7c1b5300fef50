"""Unpack somebody else's zip archive under budgets, into an empty folder of ours.

    members = unpack(archive, into)       # files lie at into / member.name
    unpack(archive, into, progress=lambda share: job.check())   # called between pieces; may raise to stop

Covers: bombs (deflate, nested, overlapping, forged sizes), names that lead out of the folder, links and
devices, huge directories, encrypted entries, odd names. Of an archive that is refused nothing stays, and no
error names an entry: a name may be a patient's. An archive inside the archive is unpacked one level deep,
as a folder of its name. Does not cover: tar, RAR, 7z (refused by name); what the files are: nothing here
looks into them.
"""

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final

from core.errors import ImportRefusedError
from core.images.entry_names import decoded_name, numbered, safe_name
from core.images.zip_checks import (
    Budgets,
    Guarded,
    archive_kind,
    check_apart,
    check_entry,
    check_kind,
    refusing_damage,
    too_many,
)
from core.language import N_

__all__ = ["Budgets", "Member", "archive_kind", "unpack"]

_CHUNK: Final = 1024**2
_MEGABYTE: Final = 1024**2


@dataclass(frozen=True)
class Member:
    """One file that came out of an archive.

    Attributes
    ----------
    name
        Its path inside the archive, with `/` between folders; made harmless (`core.images.entry_names`) and
        unique. Still somebody else's text: escape it where it is shown.
    path
        Where it lies now: `into / name`.
    """

    name: str
    path: Path
    size_bytes: int


def unpack(
    archive: Path,
    into: Path,
    *,
    budgets: Budgets | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Member]:
    """Unpack a zip archive below `into` and return its files in the order of the archive.

    Folders are not members; `__MACOSX`, `.DS_Store` and other hidden files are left out. Two entries of one
    name get a number: `film.png`, `film-2.png`.

    Parameters
    ----------
    into
        A folder that only this user can write, made if it is not there.
    progress
        Called with the share of the bytes that are unpacked, 0 to 1; what it raises stops the unpacking.

    Raises
    ------
    ImportRefusedError
        It is no zip archive, is damaged or encrypted, is beyond a budget, or holds what is never unpacked.
        What was written is removed again, as it is when anything else is raised.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    unpacking = _Unpacking(into, budgets or Budgets(), archive.stat().st_size, progress or (lambda _: None))
    try:
        unpacking.run(archive, "", depth=0)
    except BaseException:
        for member in unpacking.members:
            member.path.unlink(missing_ok=True)
        raise
    return unpacking.members


@dataclass
class _Unpacking:
    """One call of `unpack`: its budgets are shared with the archives inside the archive."""

    into: Path
    budgets: Budgets
    archive_bytes: int
    progress: Callable[[float], None]
    members: list[Member] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    n_entries: int = 0
    n_bytes: int = 0
    n_expected: int = 0

    def run(self, archive: Path, folder: str, *, depth: int) -> None:
        with refusing_damage(), Guarded(archive, self.budgets.entries) as file:
            check_kind(file)
            with zipfile.ZipFile(file) as opened:
                names = self._checked(opened)
                prefix = _prefix(folder, names)
                for number, name in names.items():
                    if depth >= self.budgets.depth and name.lower().endswith(".zip"):
                        text = N_(
                            "The archive holds archives that hold archives. Unpack the inner ones first."
                        )
                        raise ImportRefusedError(text)
                    self._write(opened, number, f"{prefix}{name}")
        if depth < self.budgets.depth:
            self._open_archives(depth + 1)

    def _open_archives(self, depth: int) -> None:
        inner = [member for member in self.members if member.name.lower().endswith(".zip")]
        for member in inner:
            self.members.remove(member)
            try:
                self.run(member.path, member.name[: -len(".zip")], depth=depth)
            finally:
                member.path.unlink()

    def _checked(self, opened: zipfile.ZipFile) -> dict[int, str]:
        """Return the safe name of each entry to unpack, by its number from 1; all entries are checked."""
        entries = opened.infolist()
        self.n_entries += len(entries)
        if self.n_entries > self.budgets.entries:
            raise too_many(self.n_entries, self.budgets.entries)
        names: dict[int, str] = {}
        for number, info in enumerate(entries, 1):
            check_entry(info, number, self.budgets)
            name = safe_name(decoded_name(info), number=number)
            if name is not None and not info.filename.endswith("/"):
                names[number] = name
        check_apart(entries, opened.start_dir)
        self.n_expected += sum(entries[number - 1].file_size for number in names)
        self._check_total(self.n_expected)
        return names

    def _check_total(self, n_bytes: int) -> None:
        limit = self.budgets.total_bytes
        if n_bytes > limit:
            text = N_("Unpacked, the archive has {size} MB; at most {limit} MB are unpacked.")
            raise ImportRefusedError(text, size=n_bytes // _MEGABYTE, limit=limit // _MEGABYTE)
        if n_bytes > max(self.budgets.free_bytes, self.budgets.ratio * self.archive_bytes):
            text = N_("Unpacked, the archive has {n} times its size, which no images have: it is a trap.")
            raise ImportRefusedError(text, n=n_bytes // max(1, self.archive_bytes))

    def _write(self, opened: zipfile.ZipFile, number: int, name: str) -> None:
        info = opened.infolist()[number - 1]
        unique = numbered(name, self.taken)
        path = self.into / unique
        with opened.open(info) as source, _created(path) as target:
            self.members.append(Member(unique, path, info.file_size))
            before = self.n_bytes
            while chunk := source.read(_CHUNK):
                self.n_bytes += len(chunk)
                self._check_total(self.n_bytes)
                target.write(chunk)
                self.progress(min(1.0, self.n_bytes / max(1, self.n_expected)))
        if self.n_bytes - before != info.file_size:
            text = N_("Entry {number} of the archive has another size than the archive says: it is damaged.")
            raise ImportRefusedError(text, number=number)


@contextmanager
def _created(path: Path) -> Iterator[IO[bytes]]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ImportRefusedError(N_("The archive uses one name for a file and for a folder.")) from error
    with os.fdopen(descriptor, "wb") as file:
        yield file


def _prefix(folder: str, names: dict[int, str]) -> str:
    """Return what stands before the names of an inner archive: its own name, unless they begin with it."""
    if not folder:
        return ""
    own = f"{PurePosixPath(folder).name}/"
    if names and all(name.startswith(own) for name in names.values()):
        return folder[: len(folder) - len(own) + 1]
    return f"{folder}/"
