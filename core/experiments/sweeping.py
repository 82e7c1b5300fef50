"""Old answers make room: of the folders of experiments that have ended, the newest are kept."""

import shutil
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from core.experiments.records import KIND
from core.jobs.status import ALIVE, effective_state

_KEPT: Final = 200  # of some ten kilobytes each; what was swept can be asked again
_KEPT_BYTES: Final = 2 * 1024**3  # in all: some keep networks, and a deep one takes hundreds of megabytes


def sweep(jobs: Path, *, keep: int = _KEPT, keep_bytes: int = _KEPT_BYTES) -> None:
    """Remove the folders of experiments beyond the newest `keep`, by when each last said something.

    So too those beyond the newest that take `keep_bytes` together; the newest of all stays, however large.

    Those that wait or work stay, however old.
    """
    taken = 0
    for place, folder in enumerate(sorted(jobs.glob(f"{KIND}-*"), key=_last_word, reverse=True)):
        taken += _size_bytes(folder)
        is_beyond = place >= keep or (place > 0 and taken > keep_bytes)
        if is_beyond and not _is_alive(folder):
            _remove(folder)


def _last_word(folder: Path) -> float:
    for path in (folder / "status.json", folder):  # none yet: somebody is about to ask here
        with suppress(FileNotFoundError):
            return path.stat().st_mtime
    return 0.0  # another process sweeps


def _size_bytes(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a job replaces its files
            size += path.stat().st_size if path.is_file() else 0
    return size


def _is_alive(folder: Path) -> bool:
    with suppress(FileNotFoundError, ValidationError):  # nothing was started, or by another Lightbox
        return effective_state(folder) in ALIVE
    return False


def _remove(folder: Path) -> None:
    doomed = folder.with_name(f".deleted-{uuid.uuid4().hex}")
    try:
        folder.rename(doomed)  # in one step: nobody finds half an answer
    except FileNotFoundError:
        return  # another process was faster
    shutil.rmtree(doomed, ignore_errors=True)
