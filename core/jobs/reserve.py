"""A little room on the disk that is kept back, so that a job can say that the disk is full."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

RESERVE: Final = "reserve"  # the file's name in the job's folder; it is gone when the job has ended
_RESERVED_BYTES: Final = 64 * 1024  # several times what status.json takes
_FULL: Final = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name)}
# What libraries say that do not hand the system's error on: torch.save (its writer, and its closing of a file
# that came out too short), safetensors, pyarrow.
_SAYINGS: Final = (
    "PytorchStreamWriter failed",
    "inline_container",
    "No space left",
    "os error 28",
    "os error 122",
)


def is_full(error: BaseException) -> bool:
    """Tell whether a write failed for want of room on the disk."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    return any(saying in str(error) for saying in _SAYINGS)


class Reserve:
    """The file that keeps the room; made by `hold`, given up by `free`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESERVE

    def hold(self) -> None:
        """Take the room; without a word where there is none."""
        if self._path.exists():
            return
        try:
            with self._path.open("wb") as file:
                file.write(os.urandom(_RESERVED_BYTES))  # zeros, some file systems do not store
                os.fsync(file.fileno())
        except OSError:
            self.free()

    def free(self) -> None:
        """Give the room to whoever writes next."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
