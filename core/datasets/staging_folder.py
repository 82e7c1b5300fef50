"""Private folders in jobs/ in which somebody's files wait to be imported: nothing of them stays elsewhere.

A folder goes when its import has ended or was thrown away; what a killed process left goes after a day.
"""

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Final

from core.jobs.status import ALIVE, EffectiveState, effective_state
from core.workspace import jobs_dir

PREFIX: Final = "staging-"
SOURCE: Final = "source"
_TOKEN: Final = re.compile(r"[0-9a-f]{16}")
_MAX_AGE_SECONDS: Final = 24 * 3600.0


def new_staging() -> Path:
    """Make an empty folder that this user alone can read, after old ones are swept away."""
    sweep()
    folder = jobs_dir() / f"{PREFIX}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    return folder


def find_staging(token: str) -> Path | None:
    """Return the staging folder of a token, as it stands in an address; None for one that is not there."""
    folder = jobs_dir() / f"{PREFIX}{token}"
    return folder if _TOKEN.fullmatch(token) and folder.is_dir() else None


def token_of(staging: Path) -> str:
    """Return the 16 hex digits by which a staging folder is found again."""
    return staging.name.removeprefix(PREFIX)


def remove_staging(staging: Path) -> None:
    """Remove a staging folder with all that is in it."""
    shutil.rmtree(staging, ignore_errors=True)


def sweep() -> None:
    """Remove what nobody needs: staging folders of yesterday, and the files of imports that have ended.

    The files of an import that a kill interrupted stay for a day: it may be tried again.
    """
    for folder in jobs_dir().glob(f"{PREFIX}*"):
        if _TOKEN.fullmatch(token_of(folder)) and _is_old(folder) and _state(folder) not in ALIVE:
            remove_staging(folder)
    for source in jobs_dir().glob(f"import-*/{SOURCE}"):
        state = _state(source.parent)
        if state not in ALIVE and (_is_old(source) or state not in (None, "interrupted")):
            remove_staging(source)


def _is_old(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > _MAX_AGE_SECONDS
    except FileNotFoundError:
        return False


def _state(folder: Path) -> EffectiveState | None:
    try:
        return effective_state(folder)
    except FileNotFoundError:
        return None
