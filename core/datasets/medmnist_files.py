"""The files of the MedMNIST sets in LIGHTBOX_HOME/downloads: fetched once, kept until they are deleted.

The only addresses are those of the `medmnist` package. An operator may name a mirror that holds files of the
same names and contents: LIGHTBOX_MEDMNIST_URL.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from core.datasets.download_answers import check_address
from core.datasets.download_parts import Part
from core.datasets.downloading import Progress, RemoteFile, download, md5_of
from core.datasets.medmnist import SIZES, MedMnistSet, list_sets
from core.errors import JobStoppedError, StateError
from core.language import N_, Message
from core.workspace import downloads_dir

MIRROR: Final = "LIGHTBOX_MEDMNIST_URL"
_POLL_SECONDS: Final = 0.2
_LABEL_BYTES: Final = 16  # of a picture's label and its share of the headers, generously


@dataclass(frozen=True)
class KeptFile:
    """A file of downloads/, whole or only its beginning."""

    entry: MedMnistSet
    size: int  # of its pictures, pixels a side
    n_bytes: int
    is_whole: bool
    total_bytes: int | None  # of the whole file, None where that is not known


def address_of(entry: MedMnistSet, size: int, base_url: str | None = None) -> str:
    """Return where a set's file is fetched from: the package's address, or the same name at a mirror.

    Raises
    ------
    DownloadError
        The mirror's address is not https (or http on the loopback address).
    """
    url = entry.file(size).url
    base = base_url or os.environ.get(MIRROR)
    if base:
        url = f"{base.rstrip('/')}/{PurePosixPath(urlsplit(url).path).name}"
    check_address(url, within=url)
    return url


def path_of(entry: MedMnistSet, size: int, into: Path | None = None) -> Path:
    """Return where a set's file is kept: its name says set and size, for the import goes by it."""
    suffix = "" if size == SIZES[0] else f"_{size}"
    return (into or downloads_dir()) / f"{entry.name}{suffix}.npz"


def fetch(
    entry: MedMnistSet,
    size: int,
    into: Path | None = None,
    *,
    progress: Progress = lambda _share, _message: None,
    should_stop: Callable[[], bool] = lambda: False,
    base_url: str | None = None,
) -> Path:
    """Return a set's file, fetched if it is not here already, whole and right.

    Parameters
    ----------
    entry, size
        The set, and the pixels a side of its pictures.
    into
        The folder to keep it in; by default downloads/ of this home.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked all the time; what has come until then is kept for the next attempt.
    base_url
        A mirror; by default LIGHTBOX_MEDMNIST_URL, or else the package's own addresses.

    Raises
    ------
    DownloadError, StateError, JobStoppedError
        As `core.datasets.downloading.download` does.
    """
    path = path_of(entry, size, into)
    known = entry.file(size)
    pixels = entry.pixel_bytes(size)
    remote = RemoteFile(
        url=address_of(entry, size, base_url),
        md5=known.md5,
        most_bytes=pixels + entry.n_images * _LABEL_BYTES + pixels // 100 + 1_000_000,
        more_bytes=needed_bytes(entry, size) - pixels,
    )
    with _alone(path, progress, should_stop):
        if path.exists() and md5_of(path, progress=progress, should_stop=should_stop) != known.md5:
            path.unlink()  # the disk has changed it
        if not path.exists():
            download(remote, path, progress=progress, should_stop=should_stop)
    return path


def needed_bytes(entry: MedMnistSet, size: int) -> int:
    """Return how much of the disk a set takes at most while it is brought in.

    The import unpacks the file's arrays beside it and writes each picture.
    """
    return 3 * entry.pixel_bytes(size)


def kept_files() -> list[KeptFile]:
    """Return the files of downloads/, whole ones and beginnings, in the order of the sets."""
    found = (_kept(entry, file.size) for entry in list_sets() for file in entry.files)
    return [kept for kept in found if kept is not None]


def kept_file(entry: MedMnistSet, size: int) -> KeptFile | None:
    """Return what is kept of one file, or None."""
    return _kept(entry, size)


def delete_file(entry: MedMnistSet, size: int) -> None:
    """Delete what is kept of one file; StateError while it is being downloaded or imported."""
    path = path_of(entry, size)
    try:
        with FileLock(_lock_of(path), timeout=0):
            path.unlink(missing_ok=True)
            Part(path).forget()
    except Timeout:
        text = N_("'{file}' is being downloaded just now; stop that first.")
        raise StateError(text, file=path.name) from None


def _kept(entry: MedMnistSet, size: int) -> KeptFile | None:
    path = path_of(entry, size)
    if path.exists():
        n = path.stat().st_size
        return KeptFile(entry, size, n, is_whole=True, total_bytes=n)
    part = Part(path)
    facts = part.facts
    if facts is None:
        return None
    return KeptFile(entry, size, part.n_bytes, is_whole=False, total_bytes=facts.total)


@contextmanager
def _alone(path: Path, progress: Progress, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Hold the file's lock inside the block; wait for whoever fetches the same file, who may bring it all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_lock_of(path), timeout=0)
    while True:
        try:
            lock.acquire()
            break
        except Timeout:
            progress(0.0, Message(text=N_("Somebody else is downloading this file; waiting for it.")))
        if should_stop():
            raise JobStoppedError
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")
