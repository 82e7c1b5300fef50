"""Checkpoints are written in the background: training waits only until the numbers are copied.

One thread writes one file after the other, each in one step (see core.workspace.replacing), in the order in
which they were handed over; of two for the same file the newer one alone is written. A kill at any moment
leaves whole files: last.pt is perhaps a few steps old, and what is newer is made again, to the bit.
"""

import copy
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import torch
from torch import Tensor

from core.errors import JobStoppedError
from core.jobs.reserve import is_full
from core.jobs.worker import Job
from core.runs.checkpoints import link_last, save_last
from core.training.disk import missing_room, wait_for_room

_MOST_WAITING: Final = 4  # copies in memory; then training waits for the disk
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A copy of a state that training no longer changes; `ready` where a GPU is still making it."""

    state: dict[str, Any]
    n_bytes: int
    ready: torch.cuda.Event | None = None

    def on_cpu(self) -> dict[str, Any]:
        """Return the copy in the CPU's memory; a GPU goes on with its work meanwhile."""
        if self.ready is None:
            return self.state
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_event(self.ready)
        with torch.cuda.stream(stream):
            moved: dict[str, Any] = _each_tensor(self.state, lambda tensor: tensor.to("cpu"))
        return moved


@dataclass(frozen=True, eq=False)
class _Task:
    path: Path
    write: Callable[[], None]
    n_bytes: int


def snapshot(state: Mapping[str, Any]) -> Snapshot:
    """Copy a state: on the CPU at once, on a GPU where it lies, which takes a moment of the GPU's time."""
    sizes: list[int] = []
    devices: set[str] = set()

    def copied(tensor: Tensor) -> Tensor:
        sizes.append(tensor.nbytes)
        devices.add(tensor.device.type)
        return tensor.detach().to("cpu", copy=True) if tensor.device.type == "mps" else _cloned(tensor)

    taken: dict[str, Any] = _each_tensor(dict(state), copied)
    ready = None
    if "cuda" in devices:
        ready = torch.cuda.Event()  # type: ignore[no-untyped-call]
        ready.record()
    return Snapshot(taken, sum(sizes), ready)


class Saver:
    """Writes the files of a run in a thread of its own; used as a context, at whose end the thread is gone.

    Attributes
    ----------
    longest_hold_seconds
        The longest that a call has kept its caller waiting: what a checkpoint costs the training.
    """

    def __init__(self, folder: Path, job: Job) -> None:
        self._folder, self._job = folder, job
        self._changed = threading.Condition()
        self._waiting: dict[Path, _Task] = {}  # in their order
        self._at_work: _Task | None = None
        self._error: BaseException | None = None
        self._blocked: _Task | None = None  # the disk is full for this one
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)
        self.longest_hold_seconds = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is waiting, unless the disk is full, and end the thread."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join()

    def save(
        self, state: Mapping[str, Any], also: Callable[[Snapshot], Path | None] = lambda taken: None
    ) -> None:
        """Copy a state and write it as last.pt soon, after what `also` makes of the same copy.

        `also` returns a file that will hold all of the copy, if it lets one be written.
        """
        began = time.monotonic()
        taken = snapshot(state)
        same = also(taken)  # before last.pt: a kill in between makes it again
        self.put(self._folder / "last.pt", lambda: self._write_last(taken, same), taken.n_bytes)
        self.longest_hold_seconds = max(self.longest_hold_seconds, time.monotonic() - began)

    def _write_last(self, taken: Snapshot, same: Path | None) -> None:
        if same is None or not link_last(self._folder, same):
            save_last(self._folder, taken.on_cpu())

    def put(self, path: Path, write: Callable[[], None], n_bytes: int) -> None:
        """Let `write` make the file `path` soon; an older wish for the same file is forgotten.

        It may be called several times and leaves nothing unfinished. With too many waiting, wait.
        """
        while True:
            self.check()
            with self._changed:
                self._waiting.pop(path, None)
                if len(self._waiting) < _MOST_WAITING:
                    self._waiting[path] = _Task(path, write, n_bytes)
                    self._changed.notify_all()
                    return
                self._changed.wait(_POLL_SECONDS)

    def offer(self, write: Callable[[], None]) -> None:
        """Let `write` be done at once in the background, or not at all where something is being written."""
        with self._changed:
            if self._waiting or self._at_work is not None:
                return
            self._waiting[self._folder / "status.json"] = _Task(self._folder, write, 0)
            self._changed.notify_all()

    def check(self) -> None:
        """Raise what went wrong in the background; wait here, with the job paused, while the disk is full.

        Raises
        ------
        JobStoppedError
            The job was asked to stop while it waited for room. What could not be written is lost, and what
            stands in the folder is whole.
        """
        if self._error is not None:
            raise self._error
        blocked = self._blocked
        if blocked is None:
            return
        self._job.pause(missing_room(self._folder, blocked.n_bytes))
        with self._changed:
            while self._blocked is not None and self._error is None:
                if self._job.should_stop():
                    raise JobStoppedError
                self._changed.wait(_POLL_SECONDS)
        self._job.go_on()
        self.check()

    def flush(self) -> None:
        """Return when everything is on the disk; raises what `check` raises."""
        while True:
            self.check()
            with self._changed:
                if not self._waiting and self._at_work is None:
                    break
                self._changed.wait(_POLL_SECONDS)
        self.check()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            try:
                self._write(task)
            except BaseException as error:  # noqa: BLE001 - the border of a thread: the training raises it
                self._error = error
            with self._changed:
                self._at_work = self._blocked = None
                self._changed.notify_all()
            if self._error is not None:
                return

    def _next(self) -> _Task | None:
        """Wait for the next file; None at the end."""
        with self._changed:
            while not self._waiting and not self._is_closing:
                self._changed.wait()
            if not self._waiting:
                return None
            task = self._waiting.pop(next(iter(self._waiting)))
            self._at_work = task
            self._changed.notify_all()
            return task

    def _write(self, task: _Task) -> None:
        while True:
            try:
                task.write()
            except (OSError, RuntimeError) as error:
                if not is_full(error):
                    raise
            else:
                return
            self._blocked = task
            with suppress(_Closing):
                wait_for_room(self._folder, task.n_bytes, look=self._look)
                continue
            return

    def _look(self) -> None:
        if self._is_closing:
            raise _Closing


class _Closing(Exception):
    """The run ends, and the disk is still full."""


def _cloned(tensor: Tensor) -> Tensor:
    try:
        return tensor.detach().clone()
    except torch.OutOfMemoryError:  # no room for a second copy on the GPU
        return tensor.detach().cpu()


def _each_tensor(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Return nested dicts, lists and tuples with each tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        changed = copy.copy(value)  # a state_dict carries the versions of its modules along
        changed.update((key, _each_tensor(one, change)) for key, one in value.items())
        return changed
    if isinstance(value, list | tuple):
        return type(value)(_each_tensor(one, change) for one in value)
    return value
