"""The process in which somebody else's bytes are decoded: it takes frames, runs one task, answers in frames.

Started by core.images.sandbox as `python -m core.images.decoder TASK SECONDS MEMORY_BYTES`.

Covers: a task that takes too much memory or time, writes a file, opens a connection, starts a program, prints
into the answer, raises anything at all; a parent that dies. Does not cover: machine code that a damaged
decoder was made to run; that would need a sandbox of the operating system.
"""

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, Final

from core.errors import LightboxError
from core.images.frames import BrokenFrameError, Frame, read_frame, write_frame
from core.images.limits import unreadable
from core.images.packing import pack_image
from core.language import N_

Task = Callable[..., tuple[dict[str, Any], list[bytes]]]

_GRACE: Final = 2.0  # the parent's clock should run out first: it can say why
# Python's own audit events (PEP 578) of what a decoder has no business with.
_FORBIDDEN: Final = (
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
    *("os.truncate", "os.utime", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.posix_spawn", "os.spawn"),
    *("os.startfile", "os.system", "pty.spawn", "shutil.", "socket.", "subprocess.Popen", "tempfile."),
)
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def read(content: bytes, *, name: str = "", frame: int | None = None) -> tuple[dict[str, Any], list[bytes]]:
    """Run `core.images.read`: the task of the server's own sandbox."""
    from core.images import reading

    return pack_image(reading.read(content, name=name, frame=frame))


def main(task: str, seconds: float, memory_bytes: int) -> None:
    """Answer requests until the pipe from the parent ends."""
    requests, answers = _take_pipes()
    module, _, function = task.partition(":")
    run: Task = getattr(import_module(module), function)
    limit_memory(memory_bytes)
    forbid_writing()
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # who started the parent may have ignored it
    write_frame(answers, {"ready": True})
    is_sound = True
    while is_sound and (request := read_frame(requests, most_bytes=memory_bytes)) is not None:
        is_sound = _answer(answers, run, request, seconds)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes to ourselves: what a library prints must not stand between two frames."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def _answer(answers: BinaryIO, run: Task, request: Frame, seconds: float) -> bool:
    """Answer one request; return whether this process is still fit for another."""
    _set_alarm(seconds + _GRACE)
    try:
        record, buffers = run(request.buffers[0], **request.header["options"])
        write_frame(answers, {"result": record}, buffers)
    except BaseException as error:  # noqa: BLE001 - a Rust decoder panics, an extension exits: nothing passes
        name, is_sound = str(request.header["options"].get("name", "")), not _is_poisoned(error)
        write_frame(answers, {"error": _described(error, name), "retires": not is_sound})
        return is_sound
    finally:
        _set_alarm(0)
    return True


def _described(error: BaseException, name: str) -> dict[str, Any]:
    if isinstance(error, BrokenFrameError):
        raise error
    if isinstance(error, MemoryError):
        error = unreadable(name, N_("reading it takes more memory than Lightbox gives to one file"))
    if not isinstance(error, LightboxError):
        error = unreadable(name, N_("it is damaged, or encoded in a way that Lightbox does not know"))
    return {"kind": type(error).__name__, "message": error.message.model_dump(mode="json")}


def _is_poisoned(error: BaseException | None) -> bool:
    """Tell whether something happened after which memory may be short or a library's state broken."""
    while error is not None:
        if isinstance(error, MemoryError) or not isinstance(error, Exception):
            return True
        error = error.__cause__ or error.__context__
    return False


def _set_alarm(seconds: float) -> None:
    # The kernel ends this process, even inside a decoder's own loop, should the parent be no longer there.
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def limit_memory(memory_bytes: int) -> bool:
    """Let the system hold this process to its limits; return whether it can (Linux can).

    macOS takes no such limit and Windows knows none: there the parent looks at the process instead.
    """
    try:
        import resource
    except ImportError:
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform != "linux":
        return False
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return True


def forbid_writing() -> None:
    """Refuse, from here on in this process, what decoding never needs: files to write, programs, networks."""
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)


def _refuse(event: str, details: tuple[Any, ...]) -> None:
    is_write = event == "open" and isinstance(details[2], int) and details[2] & _WRITES
    if (is_write and details[0] != os.devnull) or event.startswith(_FORBIDDEN):
        raise PermissionError(f"a decoder may not do this: {event}")


if __name__ == "__main__":
    try:
        main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    except (BrokenFrameError, BrokenPipeError, KeyboardInterrupt):
        os._exit(1)  # the parent is gone, or sees the end of the pipe and starts another
