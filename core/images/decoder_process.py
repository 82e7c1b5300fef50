"""One decoder process as its parent sees it: started when needed, watched, ended, started again."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from string import Formatter
from typing import Any, BinaryIO, Final, Self, cast

import psutil
from pydantic import JsonValue, ValidationError

from core import errors
from core.errors import LightboxError, StateError
from core.images.frames import BrokenFrameError, Frame, read_frame, write_frame
from core.images.limits import unreadable
from core.language import N_, Message
from core.workspace import ROOT

Result = tuple[dict[str, Any], list[bytes]]

_START_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1
_SYSTEM_HOLDS_MEMORY: Final = sys.platform == "linux"
_MAX_TEXT: Final = 2_000
# What a decoder may know of its surroundings; Lightbox's own settings are not among it.
_KEPT: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")
_SINGLE: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

_CRASHED: Final = N_("it made the decoder fail, so it is damaged or was made to do harm")
_TOO_LONG: Final = N_("reading it took longer than {seconds} seconds and was stopped")
_TOO_LARGE: Final = N_("reading it takes more memory than Lightbox gives to one file")


class DecoderProcess:
    """One worker of a sandbox, used by one thread at a time; `kill` alone may come from another."""

    def __init__(self, task: str, *, seconds: float, memory_bytes: int) -> None:
        self._task = task
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, content: bytes, options: dict[str, JsonValue]) -> Result:
        """Run the task in the process, started first if it is not there; see `Sandbox.call`."""
        process = self._running()
        with _Watch(process, self._seconds, self._memory_bytes) as watch:
            answer = _ask(process, content, options, most_bytes=self._memory_bytes)
        result = None if answer is None or watch.reason else _result_of(answer)
        if result is None or (answer and answer.header.get("retires")):
            self.stop()
        if result is None:
            name, reason = str(options.get("name", "")), watch.reason or _CRASHED
            raise unreadable(name, reason, seconds=round(self._seconds, 1))
        if isinstance(result, LightboxError):
            raise result
        return result

    def kill(self) -> None:
        """End the process at once; whoever waits for its answer sees the end of the pipe."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the process and clear up after it; the next call starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):  # what was still to be written is for nobody
                    _open(stream).close()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        try:
            self._process = process = self._launched()
            with _Watch(process, _START_SECONDS, self._memory_bytes):
                is_ready = read_frame(_open(process.stdout), most_bytes=0) is not None
        except (OSError, BrokenFrameError):
            is_ready = False
        if not is_ready:
            self.stop()
            text = N_("The process that reads images does not start. Look for free memory, then try again.")
            raise StateError(text)
        return process

    def _launched(self) -> "subprocess.Popen[bytes]":
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        command = [sys.executable, "-m", "core.images.decoder", self._task]
        return subprocess.Popen(
            [*command, str(self._seconds), str(self._memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries write there what they find, names of patients too
            cwd=ROOT,
            env=kept | dict.fromkeys(_SINGLE, "1"),
            start_new_session=True,  # Ctrl-C is for the parent
        )


class _Watch:
    """Ends a process whose time is up, or whose memory where the system does not see to that itself."""

    def __init__(self, process: "subprocess.Popen[bytes]", seconds: float, memory_bytes: int) -> None:
        self.reason: str | None = None
        self._process = process
        self._end = time.monotonic() + seconds
        self._memory_bytes = memory_bytes
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True, name="decoder watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()  # so that it never ends a process that is already at the next file

    def _look(self) -> None:
        while not self._done.wait(self._pause()):
            if time.monotonic() >= self._end:
                self.reason = _TOO_LONG
            elif not _SYSTEM_HOLDS_MEMORY and _resident_bytes(self._process.pid) > self._memory_bytes:
                self.reason = _TOO_LARGE
            if self.reason is not None:
                self._process.kill()
                return

    def _pause(self) -> float:
        left = max(0.0, self._end - time.monotonic())
        return left if _SYSTEM_HOLDS_MEMORY else min(left, _LOOK_SECONDS)


def _resident_bytes(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _ask(
    process: "subprocess.Popen[bytes]", content: bytes, options: dict[str, JsonValue], *, most_bytes: int
) -> Frame | None:
    """Send a request and return the answer; None if the process ends or answers nonsense."""
    try:
        write_frame(_open(process.stdin), {"options": options}, [content])
        return read_frame(_open(process.stdout), most_bytes=most_bytes)
    except (OSError, BrokenFrameError):
        return None


def _open(stream: object) -> BinaryIO:
    return cast(BinaryIO, stream)  # Popen made both pipes


def _result_of(answer: Frame) -> Result | LightboxError | None:
    """Return what an answer holds, or None if it holds neither a result nor an error of ours."""
    if isinstance(answer.header.get("result"), dict):
        return answer.header["result"], answer.buffers
    described = answer.header.get("error")
    if not isinstance(described, dict):
        return None
    kind = getattr(errors, str(described.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, LightboxError)):
        return None
    try:
        message = Message.model_validate(described.get("message"))
    except (ValidationError, RecursionError):
        return None
    if not _is_plain(message):
        return None
    error: LightboxError = kind.__new__(kind)  # the subclasses' own constructors build the text that is here
    LightboxError.__init__(error, message.text, **message.values)
    return error


def _is_plain(message: Message) -> bool:
    """Tell whether a text only fills in its values: str.format can do more, and a decoder may lie."""
    try:
        fields = [field for _, field, spec, turn in Formatter().parse(message.text) if field is not None]
        odd = [spec or turn for _, _, spec, turn in Formatter().parse(message.text)]
    except ValueError:
        return False
    inner = [value for value in message.values.values() if isinstance(value, Message)]
    return (
        len(message.text) <= _MAX_TEXT
        and not any(odd)
        and all(field in message.values for field in fields)
        and all(_is_plain(value) for value in inner)
    )
