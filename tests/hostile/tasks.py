"""What a decoder could do to us, as tasks of a sandbox. Run in worker processes only."""

import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ImportRefusedError, NameTakenError, UnreadableImageError
from core.language import N_

Result = tuple[dict[str, Any], list[bytes]]


def echo(content: bytes, **options: Any) -> Result:
    return {"options": options, "pid": os.getpid(), "n": len(content)}, [content]


def nap(content: bytes, *, seconds: float = 0.0, **_: Any) -> Result:
    time.sleep(seconds)
    return {"pid": os.getpid()}, [content]


def surroundings(content: bytes, **_: Any) -> Result:
    threads = len(list(Path("/proc/self/task").iterdir())) if sys.platform == "linux" else 1
    return {
        "modules": sorted(sys.modules),
        "environment": dict(os.environ),
        "threads": threads,
        "stdin": os.read(0, 10).decode(),
        "folder": os.getcwd(),
    }, []


def misbehave(content: bytes, *, how: str, **options: Any) -> Result:
    """Do what `how` names; "well" does nothing."""
    if how != "well":
        globals()[f"_{how}"](content, **options)
    return {"how": how}, []


def _segfault(_: bytes, **__: Any) -> None:
    ctypes.string_at(0)


def _abort(_: bytes, **__: Any) -> None:
    os.abort()


def _exit(_: bytes, **__: Any) -> None:
    os._exit(0)


def _sleep(_: bytes, **__: Any) -> None:
    time.sleep(1000)


def _spin(_: bytes, **__: Any) -> None:
    while True:
        pass


def _allocate(_: bytes, **__: Any) -> None:
    held = []
    while True:
        held.append(np.empty(128 * 1024**2, np.uint8))  # taken, if never touched


def _allocate_and_swallow(_: bytes, **__: Any) -> None:
    try:
        _allocate(b"")
    except MemoryError:
        raise ValueError("a library wraps it") from None


class PanicException(BaseException):
    """As a Rust extension raises it."""


def _panic(_: bytes, **__: Any) -> None:
    raise PanicException("called `Option::unwrap()` on a `None` value")


def _system_exit(_: bytes, **__: Any) -> None:
    sys.exit(0)


def _recurse(content: bytes, **__: Any) -> None:
    _recurse(content)


def _refuse(_: bytes, **__: Any) -> None:
    raise UnreadableImageError(
        N_("The picture has no pixels: its size is {width} x {height}."), width=0, height=7
    )


def _refuse_import(_: bytes, **__: Any) -> None:
    raise ImportRefusedError(
        N_("More than {most} files at once; import a folder of this size from the command line."), most=3
    )


def _name_taken(_: bytes, **__: Any) -> None:
    raise NameTakenError(N_("data set"), "films")


def _value_error(_: bytes, **__: Any) -> None:
    raise ValueError("Smith^John")


def _print(_: bytes, **__: Any) -> None:
    print("LBX1 what a library prints")
    os.write(1, b"and what C prints")
    os.write(2, b"and its errors")


def _write(_: bytes, *, where: str, **__: Any) -> None:
    Path(where).write_text("here")


def _write_low(_: bytes, *, where: str, **__: Any) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.open(where.encode(), os.O_WRONLY | os.O_CREAT, 0o600)
    if libc.write(descriptor, b"here", 4) != 4:
        raise OSError(ctypes.get_errno(), "refused by the system")


def _remove(_: bytes, *, where: str, **__: Any) -> None:
    os.remove(where)


def _connect(_: bytes, *, port: int, **__: Any) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2)


def _program(_: bytes, *, where: str, **__: Any) -> None:
    subprocess.run(["/bin/touch", where], check=True)


def _parent_pipe() -> int:
    """Find the pipe to the parent, as code that took the process over would."""
    for descriptor in range(3, 64):
        try:
            target = os.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            continue
        if target.startswith("pipe:") and _is_writable(descriptor):
            return descriptor
    raise RuntimeError("no pipe")


def _is_writable(descriptor: int) -> bool:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY


def _answer_with(content: bytes) -> None:
    os.write(_parent_pipe(), content)


def _garbage(_: bytes, **__: Any) -> None:
    _answer_with(b"\x80\x04\x95 a pickle, perhaps" * 10)
    time.sleep(1000)


def _promise_too_much(_: bytes, **__: Any) -> None:
    header = json.dumps({"result": {}}).encode()
    _answer_with(struct.pack(">4sIB", b"LBX1", len(header), 1) + struct.pack(">Q", 2**60) + header)
    time.sleep(1000)


def _promise_a_long_header(_: bytes, **__: Any) -> None:
    _answer_with(struct.pack(">4sIB", b"LBX1", 2**32 - 1, 0))
    time.sleep(1000)


def _half_an_answer(_: bytes, **__: Any) -> None:
    _answer_with(struct.pack(">4sIB", b"LBX1", 100, 0) + b"{")
    os._exit(0)


def _nested_answer(_: bytes, **__: Any) -> None:
    header = b'{"result":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    _answer_with(struct.pack(">4sIB", b"LBX1", len(header), 0) + header)
    time.sleep(1000)


def _format_attack(_: bytes, **__: Any) -> None:
    message = {"text": "{x.__class__.__init__.__globals__}", "values": {"x": "y"}}
    header = json.dumps({"error": {"kind": "UnreadableImageError", "message": message}}).encode()
    _answer_with(struct.pack(">4sIB", b"LBX1", len(header), 0) + header)
    time.sleep(1000)


def _foreign_error(_: bytes, **__: Any) -> None:
    header = json.dumps({"error": {"kind": "__builtins__", "message": {"text": "x"}}}).encode()
    _answer_with(struct.pack(">4sIB", b"LBX1", len(header), 0) + header)
    time.sleep(1000)
