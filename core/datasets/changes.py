"""Change what a data set keeps of itself: one writer at a time, and several files as one.

New files are first written into a folder of their own. When that folder takes the name `change`, the change
counts, and all that is left to do is to move its files into place: whoever opens the data set next does that
if a process died before it had. A change that never got its name never was.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from core.errors import StateError
from core.language import N_
from core.workspace import jobs_dir, sync

_CHANGE: Final = "change"
_PREFIX: Final = ".change-"
_LOCK_SECONDS: Final = 30.0  # a change of 100,000 labels takes about one


@contextmanager
def changing() -> Iterator[None]:
    """Be the only one who changes data sets of this home; in one thread it may stand inside itself.

    Raises
    ------
    StateError
        Somebody else has been changing one for half a minute.
    """
    jobs_dir().mkdir(parents=True, exist_ok=True)
    lock = FileLock(jobs_dir() / "changes.lock", timeout=_LOCK_SECONDS, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        raise StateError(
            N_("Another change of the data sets is still being written; try again in a moment.")
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def replacing_together(folder: Path) -> Iterator[Path]:
    """Give an empty folder whose files take the places of those of the same name in `folder`: all or none.

    To be used inside `changing`. If the block raises, `folder` is as it was.
    """
    for leftover in folder.glob(f"{_PREFIX}*"):  # of a killed process, for the lock is ours
        shutil.rmtree(leftover)
    staging = folder / f"{_PREFIX}{uuid.uuid4().hex}"
    staging.mkdir()
    try:
        yield staging
        for file in staging.iterdir():
            sync(file)
        staging.rename(folder / _CHANGE)  # from here on it counts
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    settle(folder)


def settle(folder: Path) -> None:
    """Carry a change that counts to its end, if a process died before it had. Costs one look otherwise."""
    change = folder / _CHANGE
    if not change.exists():
        return
    with changing():
        if not change.exists():
            return  # whoever held the lock has done it
        for file in sorted(change.iterdir(), key=lambda file: (file.name == "dataset.json", file.name)):
            file.replace(folder / file.name)
        change.rmdir()
