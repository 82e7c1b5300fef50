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


def sweep(jobs: Path, *, keep: int = _KEPT) -> None:
    """Remove the folders of experiments beyond the newest `keep`, by when each last said something.

    Those that wait or work stay, however old.
    """
    for folder in sorted(jobs.glob(f"{KIND}-*"), key=_last_word, reverse=True)[keep:]:
        if not _is_alive(folder):
            _remove(folder)


def _last_word(folder: Path) -> float:
    for path in (folder / "status.json", folder):  # none yet: somebody is about to ask here
        with suppress(FileNotFoundError):
            return path.stat().st_mtime
    return 0.0  # another process sweeps


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
