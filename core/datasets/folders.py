"""A folder comes into being whole or not at all: hidden under another name, on the disk, then renamed."""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from core.errors import NameTakenError
from core.language import N_
from core.workspace import sync

_PREFIX: Final = ".new-"
_ORPHAN_SECONDS: Final = 60.0  # a lock without its folder: a killed process, or one that is about to make it


@contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """Give an empty folder that takes the name `final` when the block ends; it is gone if the block raises.

    What a killed process left behind is swept away by the next call: its lock is free.

    Raises
    ------
    NameTakenError
        Something of that name came first.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    _sweep(final.parent)
    temporary = final.parent / f"{_PREFIX}{uuid.uuid4().hex}"
    lock = FileLock(_lock_of(temporary))
    with lock:
        temporary.mkdir()
        try:
            yield temporary
            _sync_below(temporary)
            _rename(temporary, final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            _lock_of(temporary).unlink(missing_ok=True)


def _sync_below(folder: Path) -> None:
    """Wait until all files below a folder are on the disk."""
    if hasattr(os, "sync"):
        os.sync()  # all at once: 3,000 files take 0.1 s so, and 11 s one by one
        return
    for path in folder.rglob("*"):
        if path.is_file():
            sync(path)


def _rename(temporary: Path, final: Path) -> None:
    try:
        temporary.rename(final)
    except OSError:
        if final.exists():
            raise NameTakenError(N_("data set"), final.name) from None
        raise
    _sync_folder(final.parent)


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where a folder can be opened."""
    if os.name == "posix":
        sync(folder)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*/"):
        try:
            with FileLock(_lock_of(folder), timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout:
            continue
        _lock_of(folder).unlink(missing_ok=True)
    for lock in parent.glob(f"{_PREFIX}*.lock"):
        if not lock.with_suffix("").exists() and _age_seconds(lock) > _ORPHAN_SECONDS:
            lock.unlink(missing_ok=True)


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
