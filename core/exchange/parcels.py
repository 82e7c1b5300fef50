"""What is made ready to be taken home: a zip of a moment, under a name that nobody can guess.

It lies in downloads/take-home-<random>/ until a day has passed and something else is made ready.
"""

import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.workspace import downloads_dir

_PREFIX: Final = "take-home-"
_NAME: Final = re.compile(rf"{_PREFIX}[0-9a-f]{{32}}")
_KEPT_SECONDS: Final = 24 * 3600.0


def make_parcel(file_name: str, write: Callable[[Path], object]) -> str:
    """Let `write` make a file, and return the name under which `parcel` finds it; nothing stays if it fails.

    Parameters
    ----------
    file_name
        As the person who takes it home will see it.
    write
        Called with the path to write to.
    """
    _sweep()
    folder = downloads_dir() / f"{_PREFIX}{secrets.token_hex(16)}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        write(folder / file_name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder.name


def parcel(name: str) -> Path | None:
    """Return the file that was made ready under a name; None if there is none, or it is gone."""
    folder = downloads_dir() / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        return None
    return next(iter(folder.glob("[!.]*")), None)


def _sweep() -> None:
    for folder in downloads_dir().glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
