"""A folder comes into being whole or not at all."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from core.errors import NameTakenError
from core.language import N_

_PREFIX: Final = ".new-"


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
            _rename(temporary, final)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            _lock_of(temporary).unlink(missing_ok=True)


def _rename(temporary: Path, final: Path) -> None:
    try:
        temporary.rename(final)
    except OSError:
        if final.exists():
            raise NameTakenError(N_("data set"), final.name) from None
        raise


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*/"):
        try:
            with FileLock(_lock_of(folder), timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout:
            continue
        _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
