"""Which folders of the server a visitor of the browser may import from: LIGHTBOX_IMPORT_FOLDERS.

Covers: a path is resolved before it is compared, and so is each file inside, so that no link leads out. Does
not cover: the command line, whose user may import whatever that user can read.
"""

import os
from pathlib import Path
from typing import Final

from core.errors import ImportRefusedError
from core.language import N_

VARIABLE: Final = "LIGHTBOX_IMPORT_FOLDERS"
_MOST_LISTED: Final = 500


def server_folders() -> tuple[Path, ...]:
    """Return the folders that the operator allowed; none by default. `os.pathsep` stands between several."""
    named = [
        Path(text).expanduser() for text in os.environ.get(VARIABLE, "").split(os.pathsep) if text.strip()
    ]
    return tuple(path.resolve() for path in named if path.is_dir())


def is_allowed(path: Path) -> bool:
    """Tell whether a path, with all links followed, lies in one of the folders."""
    resolved = path.resolve()
    return any(resolved.is_relative_to(folder) for folder in server_folders())


def check_allowed(path: Path) -> Path:
    """Return a path with all links followed.

    Raises
    ------
    ImportRefusedError
        It lies in none of the folders, or is not there; the same sentence for both, so that nobody can find
        out what is there.
    """
    if not is_allowed(path) or not path.exists():
        raise ImportRefusedError(N_("There is no such folder among those that may be imported from."))
    return path.resolve()


def list_server_folders() -> tuple[Path, ...]:
    """Return what can be chosen: each allowed folder, and the folders right inside it."""
    found: list[Path] = []
    for folder in server_folders():
        inside = (
            path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")
        )
        found += [folder, *(path for path in inside if is_allowed(path))]
    return tuple(found[:_MOST_LISTED])
