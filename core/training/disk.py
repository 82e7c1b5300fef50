"""A full disk pauses a run: it says how much room is missing, and goes on by itself when there is room."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from core.jobs.reserve import is_full
from core.jobs.worker import Job
from core.language import N_, Message

LOOK_SECONDS: Final = 0.5  # between two looks at the free room
AGAIN_SECONDS: Final = 30.0  # a quota shows in no free room: it is simply tried again
_SPARE_BYTES: Final = 1_000_000  # beside what is to be written: lines of metrics, the status
_MB: Final = 1_000_000

T = TypeVar("T")


def patiently(job: Job, folder: Path, write: Callable[[], T], *, n_bytes: int = 0) -> T:
    """Do `write`; while the disk is full, pause the job, and do it again when there is room.

    Parameters
    ----------
    job
        Is paused meanwhile.
    folder
        Where it writes.
    write
        May be called several times: what it leaves unfinished, it removes.
    n_bytes
        About how much it writes.

    Raises
    ------
    JobStoppedError
        The job was asked to stop while it waited.
    """
    is_paused = False
    while True:
        try:
            result = write()
        except (OSError, RuntimeError) as error:
            if not is_full(error):
                raise
        else:
            if is_paused:
                job.go_on()
            return result
        job.pause(missing_room(folder, n_bytes))
        is_paused = True
        wait_for_room(folder, n_bytes, look=job.check_stop)


def wait_for_room(folder: Path, n_bytes: int, *, look: Callable[[], None]) -> None:
    """Return when so much room is free, or when it is time to try all the same; `look` is called often."""
    began = time.monotonic()
    while True:
        look()
        time.sleep(LOOK_SECONDS)
        waited = time.monotonic() - began
        if waited > AGAIN_SECONDS or shutil.disk_usage(folder).free >= n_bytes + _SPARE_BYTES:
            return


def missing_room(folder: Path, n_bytes: int) -> Message:
    """Return the sentence that says what is missing."""
    values: dict[str, str | int | float | bool | None | Message] = {
        "needed": -(-(n_bytes + _SPARE_BYTES) // _MB),
        "free": shutil.disk_usage(folder).free // _MB,
    }
    text = N_(
        "The disk is full: {needed} MB are needed, {free} MB are free. Make room; the run then goes on by"
        " itself."
    )
    return Message(text=text, values=values)
