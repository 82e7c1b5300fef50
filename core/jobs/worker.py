"""The worker's side of a job: hold the lock, wait for a turn, say how far, end in a true state."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import JobStoppedError, LightboxError, StateError, StorageError
from core.jobs.queue import turn
from core.jobs.status import JobStatus, now, read_status, write_status
from core.language import N_, Message

_REPORT_SECONDS = 0.2
_LOCK_SECONDS = 10.0  # a reader holds the lock for an instant, another worker for long

_log = logging.getLogger(__name__)


class Job:
    """A job at work in this process."""

    def __init__(self, folder: Path, status: JobStatus, stack: ExitStack) -> None:
        self.folder = folder
        self._status = status.model_copy(update={"claimed_at": now()})
        self._stack = stack
        self._reported_at = 0.0

    def wait_for_turn(self) -> None:
        """Wait until this job may work, then say that it runs; JobStoppedError if asked to stop before."""
        said: int | None = None

        def waiting(n_ahead: int) -> None:
            nonlocal said
            self.check_stop()
            if n_ahead != said:
                self._write(message=Message(text=N_("Waiting: {n} ahead."), values={"n": n_ahead}))
                said = n_ahead

        self._stack.enter_context(turn(self._status.kind, self.folder.name, waiting=waiting))
        self.check_stop()
        self._write(state="running", started_at=now(), message=None)

    def report(
        self, progress: float, message: Message | None = None, *, seconds_left: float | None = None
    ) -> None:
        """Say how far the job is, in [0, 1]; at most five times a second reaches the disk."""
        moment = time.monotonic()
        if moment - self._reported_at >= _REPORT_SECONDS or progress >= 1:
            self._reported_at = moment
            self._write(progress=min(max(progress, 0.0), 1.0), message=message, seconds_left=seconds_left)

    def should_stop(self) -> bool:
        """Tell whether somebody asked this job to stop."""
        return (self.folder / "stop").exists()

    def check_stop(self) -> None:
        """Raise JobStoppedError if somebody asked this job to stop."""
        if self.should_stop():
            raise JobStoppedError

    def _write(self, **changes: object) -> None:
        self._status = self._status.model_copy(update=changes)
        write_status(self.folder, self._status)

    def _finish(self, **changes: object) -> None:
        self._write(finished_at=now(), seconds_left=None, **changes)


@contextmanager
def work(folder: Path) -> Iterator[Job]:
    """Work on the job in `folder`, whose status says that it is queued.

    The end of the block is the end of the job: completed, stopped after JobStoppedError, or failed with a
    message. An unexpected exception is a process boundary's business: its traceback goes to the log, one
    sentence to the status.

    Raises
    ------
    StateError
        Another worker holds the job's lock.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(folder / "lock", timeout=_LOCK_SECONDS))
        except Timeout:
            text = N_("'{name}' is already being worked on; wait for it to end, or stop it first.")
            raise StateError(text, name=folder.name) from None
        job = Job(folder, read_status(folder), stack)
        try:
            yield job
        except JobStoppedError:
            job._finish(state="stopped", message=None)
        except LightboxError as error:
            _log.warning("%s", error)
            job._finish(state="failed", error=error.message)
        except OSError as error:
            _log.exception("The system refused a file.")
            job._finish(state="failed", error=StorageError(error).message)
        except Exception:  # noqa: BLE001 - the process boundary of every background job
            _log.exception("The job failed in a way that nobody foresaw.")
            text = N_("Something went wrong inside Lightbox; the last lines of the log say what.")
            job._finish(state="failed", error=Message(text=text))
        else:
            job._finish(state="completed", progress=1.0)
