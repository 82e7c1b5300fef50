"""The worker's side of a job: hold the lock, wait for a turn, say how far, end in a true state."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import JobStoppedError, LightboxError, StateError, StorageError
from core.jobs.places import Resource
from core.jobs.queue import turn
from core.jobs.reserve import Reserve, is_full
from core.jobs.status import JobStatus, now, read_status, write_status
from core.language import N_, Message

_REPORT_SECONDS = 0.5
_LOCK_SECONDS = 10.0  # a reader holds the lock for an instant, another worker for long

_log = logging.getLogger(__name__)


class Job:
    """A job at work in this process."""

    def __init__(self, folder: Path, status: JobStatus, stack: ExitStack) -> None:
        self.folder = folder
        self._status = status.model_copy(update={"claimed_at": now()})
        self._stack = stack
        self._has_had_turn = False
        self._reported_at = 0.0
        self._stop_file = str(folder / "stop")
        self._writing = threading.RLock()  # progress may be said from another thread
        self._reserve: Reserve | None = None
        self._paused_at: float | None = None
        self.after_pause: Callable[[float], None] = lambda seconds: None  # told for how long
        self._outer: Job | None = None
        self._part: tuple[float, float] = (0.0, 1.0)
        self._title = Message(text="")

    def keep_reserve(self) -> None:
        """Keep a little room on the disk back, so that a full one can be said in status.json."""
        self._reserve = Reserve(self.folder)
        self._reserve.hold()

    def wait_for_turn(self, resource: Resource = "cpu", *, kind: str | None = None) -> str:
        """Wait until this job may work, then say that it runs.

        Parameters
        ----------
        resource
            What it computes on: one job of a kind at a time on each GPU, a few on the CPU.
        kind
            In whose queue it waits, if not in that of its own kind.

        Returns
        -------
        str
            The place it was given: "cpu", "cuda:0", ...

        Raises
        ------
        JobStoppedError
            It was asked to stop before its turn came.
        """
        return self._stack.enter_context(self.turn(resource, kind=kind))

    @contextmanager
    def turn(self, resource: Resource = "cpu", *, kind: str | None = None) -> Iterator[str]:
        """Wait for a turn as `wait_for_turn` does and give the place back at the end of the block.

        Whoever asks again stands at the end of the queue, behind all who came meanwhile.
        """
        queue, said = kind or self._status.kind, -1

        def waiting(n_ahead: int) -> None:
            nonlocal said
            self.check_stop()
            if n_ahead != said:
                text = Message(text=N_("Waiting: {n} ahead."), values={"n": n_ahead})
                self._write(state="queued", message=text, place=resource, queue=kind)
                said = n_ahead

        asked_at = now() if self._has_had_turn else self._status.launched_at
        with turn(queue, self.folder.name, waiting=waiting, resource=resource, asked_at=asked_at) as place:
            self._has_had_turn = True
            self.check_stop()
            self._write(state="running", started_at=now(), message=None, place=place, queue=kind)
            yield place

    def wait_aside(self, message: Message) -> None:
        """Say that the job waits for others and not for a place: it stands in no queue."""
        self._write(state="queued", message=message, queue="")

    def begin_inside(self, outer: "Job", part: tuple[float, float], title: Message) -> None:
        """Say that this job runs, as a part of one that has the turn: it stops when that one is to stop.

        `part` says between which shares of the outer job this one lies; what this one reports is passed on
        with its `title`.
        """
        self._outer, self._part, self._title = outer, part, title
        self.check_stop()
        self._write(state="running", started_at=now(), message=None, place=outer._status.place, queue="")

    def is_report_due(self) -> bool:
        """Tell whether a report made now would reach the disk: a hot loop asks before it makes one."""
        return time.monotonic() - self._reported_at >= _REPORT_SECONDS

    def report(
        self, progress: float, message: Message | None = None, *, seconds_left: float | None = None
    ) -> None:
        """Say how far the job is, in [0, 1]; at most twice a second reaches the disk."""
        if self.is_report_due() or progress >= 1:
            self._reported_at = time.monotonic()
            self._write(progress=min(max(progress, 0.0), 1.0), message=message, seconds_left=seconds_left)
            self._pass_on(progress, message)

    def pause(self, message: Message) -> None:
        """Say that the job waits for somebody, and for what; it keeps its place."""
        if self._paused_at is None:
            self._paused_at = time.monotonic()
        self._write(state="paused", message=message, seconds_left=None)
        if self._outer is not None:
            self._outer.pause(message)

    def go_on(self) -> None:
        """Say that the job is at work again."""
        self._write(state="running", message=None)
        if self._outer is not None:
            self._outer.go_on()
        if self._paused_at is not None:
            seconds, self._paused_at = time.monotonic() - self._paused_at, None
            self.after_pause(seconds)

    def should_stop(self) -> bool:
        """Tell whether somebody asked this job to stop."""
        return os.path.exists(self._stop_file) or (self._outer is not None and self._outer.should_stop())

    def check_stop(self) -> None:
        """Raise JobStoppedError if somebody asked this job to stop."""
        if self.should_stop():
            raise JobStoppedError

    def _pass_on(self, progress: float, message: Message | None) -> None:
        if self._outer is None:
            return
        low, high = self._part
        text = self._title
        if message is not None:
            text = Message(text=N_("{part}: {message}"), values={"part": text, "message": message})
        self._outer.report(low + (high - low) * min(progress, 1.0), text)

    def _write(self, **changes: object) -> None:
        with self._writing:
            self._status = self._status.model_copy(update=changes)
            try:
                write_status(self.folder, self._status)
            except OSError as error:
                if self._reserve is None or not is_full(error):
                    raise
                self._reserve.free()
                write_status(self.folder, self._status)  # takes the place of the old one: the room is left
                self._reserve.hold()

    def _finish(self, **changes: object) -> None:
        if self._reserve is not None:
            self._reserve.free()
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
        except JobStoppedError as stopped:
            job._finish(state="stopped", message=stopped.reason)
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
