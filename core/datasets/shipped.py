"""The data sets that ship: each is one archive in sample_data/ that holds a data set's folder."""

import json
import shutil
import uuid
import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath

from core.datasets.catalog import DATASETS
from core.datasets.folders import new_folder
from core.datasets.records import DatasetInfo
from core.errors import NameTakenError
from core.workspace import SAMPLE_DATA, datasets_dir


def shipped_names() -> tuple[str, ...]:
    """Return the names of the data sets whose archive is there."""
    return tuple(name for name in DATASETS if archive_of(name) is not None)


def archive_of(name: str) -> Path | None:
    """Return the archive of a shipped data set, or None."""
    entry = DATASETS.get(name)
    path = SAMPLE_DATA / entry.archive if entry and entry.archive else None
    return path if path and path.is_file() else None


def read_info(archive: Path) -> DatasetInfo:
    """Return what is known of the data set in an archive, without unpacking it."""
    with zipfile.ZipFile(archive) as file:
        return DatasetInfo.model_validate_json(file.read("dataset.json"))


def revision_of(name: str) -> str:
    """Return which state of a shipped data set this Lightbox has; empty if it does not ship."""
    archive = archive_of(name)
    return "" if archive is None else _revision_in(archive, archive.stat().st_mtime_ns)


def unpack(name: str, archive: Path) -> None:
    """Unpack a shipped data set into this home; of two processes at once one does it, and both go on.

    What an older version of Lightbox unpacked here makes room: its pictures are not those of the runs that
    ship.
    """
    target = datasets_dir() / name
    if target.exists():
        if _revision_here(target) == _revision_in(archive, archive.stat().st_mtime_ns):
            return
        _remove(target)
    try:
        with new_folder(target) as folder:
            _extract(archive, folder)
    except NameTakenError:
        return  # another process was faster


def _revision_here(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "dataset.json").read_bytes())["revision"])
    except (OSError, ValueError, KeyError):
        return None


@lru_cache
def _revision_in(archive: Path, changed_ns: int) -> str:
    return read_info(archive).revision


def _remove(folder: Path) -> None:
    doomed = folder.with_name(f".deleted-{uuid.uuid4().hex}")
    try:
        folder.rename(doomed)
    except FileNotFoundError:
        return  # another process was faster
    shutil.rmtree(doomed, ignore_errors=True)


def _extract(archive: Path, folder: Path) -> None:
    (folder / "files").mkdir()
    (folder / "masks").mkdir()
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            name = PurePosixPath(member.filename)
            if (
                not member.is_dir()
                and len(name.parts) <= 2
                and ".." not in name.parts
                and not name.is_absolute()
            ):
                (folder / name).write_bytes(file.read(member))
