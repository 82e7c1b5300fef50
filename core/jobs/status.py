"""What a job says of itself, in the status.json of its folder.

A job is alive as long as its worker holds the folder's lock. The status is what the worker last wrote; only
both together tell the truth: a job that says "running" while nobody holds its lock was interrupted.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field

from core.language import N_, Message
from core.workspace import write_text

if sys.platform != "win32":
    import fcntl

JobState = Literal["queued", "running", "paused", "completed", "stopped", "failed"]
EffectiveState = Literal["queued", "running", "paused", "completed", "stopped", "failed", "interrupted"]
ALIVE: Final = ("queued", "running", "paused")

STATE_NAMES: Final[dict[str, str]] = {
    "queued": N_("waiting"),
    "running": N_("running"),
    "paused": N_("paused"),
    "completed": N_("completed"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "interrupted": N_("interrupted"),
}

_START_GRACE_SECONDS: Final = 60.0  # from the launch until a new process must hold its lock


class JobStatus(BaseModel):
    """status.json: the state of a job when its worker last wrote it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    state: JobState
    progress: float = Field(default=0.0, ge=0, le=1)
    message: Message | None = None
    error: Message | None = None
    seconds_left: float | None = None
    created_at: str
    launched_at: str
    place: str | None = None  # where it runs ("cpu", "cuda:0", "mps"), or what it waits for ("cuda")
    queue: str | None = None  # whose places it takes, where not those of its kind; "" if none
    claimed_at: str | None = None  # when its worker had taken the lock, written with its first word
    started_at: str | None = None
    finished_at: str | None = None


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def read_status(folder: Path) -> JobStatus:
    """Read the status of the job in `folder`; FileNotFoundError if it has none."""
    return JobStatus.model_validate_json((folder / "status.json").read_bytes())


def write_status(folder: Path, status: JobStatus) -> None:
    """Write the status in one step: a reader sees the old one or the new one."""
    write_text(folder / "status.json", status.model_dump_json(indent=1) + "\n")


def effective_state(folder: Path, status: JobStatus | None = None) -> EffectiveState:
    """Return the state of a job, or "interrupted" if it says that it lives and nobody holds its lock."""
    status = status or read_status(folder)
    if status.state not in ALIVE or is_locked(folder):
        return status.state
    if _is_on_its_way(status):
        return "queued"
    # The worker may have written its last word between our read and our look at the lock.
    latest = read_status(folder)
    return "interrupted" if latest.state in ALIVE and not is_locked(folder) else latest.state


def _is_on_its_way(status: JobStatus) -> bool:
    """Tell whether the job was launched a moment ago and cannot be expected to hold its lock yet."""
    if status.state != "queued" or status.claimed_at is not None:
        return False
    return _seconds_since(status.launched_at) < _START_GRACE_SECONDS


def is_locked(folder: Path) -> bool:
    """Tell whether a worker holds the job's lock."""
    try:
        return _is_held_alone(folder / "lock")
    except (FileNotFoundError, PermissionError):  # what ships may be read-only, and nobody works there
        return False


if sys.platform == "win32":

    def _is_held_alone(path: Path) -> bool:
        """Three looks: another reader may hold it for an instant."""
        path.stat()
        for attempt in range(3):
            try:
                with FileLock(path, timeout=0):
                    return False
            except Timeout:
                time.sleep(0.001 * (attempt + 1))
        return True

else:

    def _is_held_alone(path: Path) -> bool:
        """Ask for a share of the lock: any number of readers may have one, beside a worker nobody."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def _seconds_since(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
