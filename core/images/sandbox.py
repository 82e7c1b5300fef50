"""A pool of decoder processes: somebody else's bytes are never decoded in the process that asks.

    with Sandbox(4, task="core.datasets.intake:prepare") as sandbox:
        for key, result in sandbox.map(items): ...

Covers: a decoder that crashes, hangs, takes too much memory, or answers nonsense: the caller gets one
sentence within `seconds`, and the next call a fresh process. Memory is held by the system on Linux
(RLIMIT_AS); on macOS and Windows, which cannot, the parent looks at the process ten times a second. Does not
cover: machine code that a damaged decoder was made to run; see core.images.decoder.
"""

import os
import stat
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from queue import LifoQueue
from typing import Any, Final, Self

from pydantic import JsonValue

from core.errors import StateError, UnreadableImageError
from core.images.decoder_process import DecoderProcess, Result
from core.images.frames import BrokenFrameError
from core.images.limits import unreadable
from core.images.packing import pack_image, unpack_image
from core.images.records import MedicalImage
from core.language import N_

__all__ = ["Result", "Sandbox", "pack_image", "read", "shared", "unpack_image"]

Item = tuple[Any, bytes | Path, Mapping[str, JsonValue]]
_Pending = deque[tuple[Any, "Future[Result | UnreadableImageError]"]]

_MEMORY_BYTES: Final = 1024**3
_HELD_BYTES: Final = 256 * 1024**2  # finished results that wait for their turn in `map`
_SHARE_OF_CONTENT: Final = 3  # a decoder needs the file, a copy of its pixels, and room to work


class Sandbox:
    """Decoder processes that start when they are first needed; any number of threads may call.

    Parameters
    ----------
    n_workers
        How many processes work at once.
    task
        What they run, "module:function": a function of (content: bytes, **options) that returns a JSON-able
        dict and a list of byte buffers.
    seconds
        The longest that one call may take; the process is ended then.
    memory_bytes
        The most address space of one process, and the most bytes of one answer.
    """

    def __init__(
        self,
        n_workers: int = 1,
        *,
        task: str = "core.images.decoder:read",
        seconds: float = 10.0,
        memory_bytes: int = _MEMORY_BYTES,
    ) -> None:
        self._n_workers = n_workers
        self._most_content = memory_bytes // _SHARE_OF_CONTENT
        self._is_closed = threading.Event()
        self._all = [
            DecoderProcess(task, seconds=seconds, memory_bytes=memory_bytes) for _ in range(n_workers)
        ]
        self._idle: LifoQueue[DecoderProcess] = LifoQueue()  # the last used is the warmest
        for worker in reversed(self._all):
            self._idle.put(worker)
        # Who forgets to close it leaves nothing running, at the end of this process at the latest.
        self._forgotten = weakref.finalize(self, _stop, self._all)

    def call(self, content: bytes, options: Mapping[str, JsonValue] | None = None) -> Result:
        """Run the task on `content` in a worker; wait for one if all are busy.

        Parameters
        ----------
        content
            A whole file.
        options
            Keyword arguments of the task; one called "name" names the file in errors.

        Raises
        ------
        LightboxError
            Whatever error of this tree the task raised.
        UnreadableImageError
            The task crashed, took too long, took too much memory, or raised anything else.
        StateError
            The sandbox is closed, or no decoder process can be started.
        """
        asked = dict(options or {})
        if len(content) > self._most_content:
            reason = N_("it has {size} MB, and at most {limit} MB can be read at once")
            megabytes = {"size": len(content) // 1024**2, "limit": self._most_content // 1024**2}
            raise unreadable(str(asked.get("name", "")), reason, **megabytes)
        worker = self._idle.get()
        try:
            if self._is_closed.is_set():
                raise StateError(N_("Images are no longer read: Lightbox is closing."))
            return worker.call(content, asked)
        finally:
            self._idle.put(worker)

    def map(self, items: Iterable[Item]) -> Iterator[tuple[Any, Result | UnreadableImageError]]:
        """Yield (key, result or error) for each (key, content, options), in the order of the items.

        All workers are kept busy. What is read ahead is bounded in number and bytes, so memory does not grow
        with the number of items. A Path is read when its turn comes. Nothing goes on after the last item, nor
        after the caller stops early (close the iterator, or leave its generator).

        Raises
        ------
        LightboxError
            An error that is not about one image: `call`'s StateError, or another that the task raised.
        """
        ahead = 2 * self._n_workers + 2
        pending: _Pending = deque()
        source = iter(items)
        with ThreadPoolExecutor(self._n_workers, thread_name_prefix="sandbox") as threads:
            try:
                for key, content, options in source:
                    pending.append((key, threads.submit(self._outcome, content, options)))
                    while len(pending) >= ahead or (pending and _held_bytes(pending) > _HELD_BYTES):
                        yield _next(pending)
                while pending:
                    yield _next(pending)
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _outcome(
        self, content: bytes | Path, options: Mapping[str, JsonValue]
    ) -> Result | UnreadableImageError:
        try:
            return self.call(content if isinstance(content, bytes) else self._content_of(content), options)
        except UnreadableImageError as error:
            return error

    def _content_of(self, path: Path) -> bytes:
        """Read a regular file; the path is never part of an error, for a name may be a patient's."""
        try:
            descriptor = os.open(
                path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            )
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise UnreadableImageError(N_("It is no file that can be read to its end."))
                return file.read(self._most_content + 1)
        except OSError as error:
            text = N_("It cannot be opened: {reason}.")
            raise UnreadableImageError(text, reason=error.strerror or "") from None

    def close(self) -> None:
        """End all processes; calls that are under way are answered with an error."""
        if self._is_closed.is_set():
            return
        self._is_closed.set()
        for worker in self._all:
            worker.kill()
        returned = [self._idle.get() for _ in self._all]
        self._forgotten()
        for worker in returned:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _next(pending: _Pending) -> tuple[Any, Result | UnreadableImageError]:
    key, future = pending.popleft()
    return key, future.result()


def _held_bytes(pending: _Pending) -> int:
    done = [future.result() for _, future in pending if future.done() and future.exception() is None]
    return sum(len(buffer) for result in done if isinstance(result, tuple) for buffer in result[1])


def _stop(workers: list[DecoderProcess]) -> None:
    for worker in workers:
        worker.stop()


@lru_cache(maxsize=1)
def _started() -> Sandbox:
    return Sandbox()


_starting: Final = threading.Lock()


def shared() -> Sandbox:
    """Return this process's own sandbox of one worker, made at first use."""
    with _starting:
        return _started()


def read(content: bytes, *, name: str = "", frame: int | None = None) -> MedicalImage:
    """Do what `core.images.read` does, in the shared sandbox."""
    record, buffers = shared().call(content, {"name": name, "frame": frame})
    try:
        return unpack_image(record, buffers)
    except BrokenFrameError as error:
        reason = N_("it is damaged, or encoded in a way that Lightbox does not know")
        raise unreadable(name, reason) from error
