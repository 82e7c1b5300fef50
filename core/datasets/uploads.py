"""Files that came through a browser, on their way into an import job.

They wait in the job's own folder, which only this user can read, and are deleted when the job has ended,
whatever its end; what a killed job left behind goes before the next upload.
"""

import re
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from core.datasets.importing import ImportOptions
from core.datasets.store import check_new_name
from core.datasets.worker import KIND, SOURCE_FOLDER, start_prepared
from core.errors import ImportRefusedError
from core.jobs.status import ALIVE, effective_state
from core.language import N_
from core.workspace import jobs_dir

MOST_FILES: Final = 20_000
_SINGLE_SUFFIXES: Final = (".npz",)
_UNSAFE: Final = re.compile(r"[\x00-\x1f<>:\"|?*\\]")


def start_upload_import(files: Iterable[tuple[str, bytes]], options: ImportOptions) -> Path:
    """Stage uploaded files and start their import; return the job's folder.

    Parameters
    ----------
    files
        Pairs of a relative name, as the browser gave it, and the content.
    options
        What the importer says about them.

    Raises
    ------
    ImportRefusedError
        There is no file, or more than 20,000.
    InvalidValueError, NameTakenError
        The name cannot be used.
    """
    check_new_name(options.name)
    _remove_leftovers()
    folder = jobs_dir() / f"{KIND}-{options.name}-{secrets.token_hex(4)}"
    source = folder / SOURCE_FOLDER
    source.mkdir(parents=True)
    source.chmod(0o700)
    try:
        written = [_write(source, name, content) for name, content in _counted(files)]
        if not written:
            raise ImportRefusedError(N_("No file was chosen. Choose a folder or files first."))
    except ImportRefusedError:
        shutil.rmtree(folder)
        raise
    is_single = len(written) == 1 and written[0].suffix.lower() in _SINGLE_SUFFIXES
    start_prepared(folder, written[0] if is_single else _root(source), options)
    return folder


def _counted(files: Iterable[tuple[str, bytes]]) -> Iterable[tuple[str, bytes]]:
    for number, file in enumerate(files):
        if number >= MOST_FILES:
            text = N_("More than {most} files at once; import a folder of this size from the command line.")
            raise ImportRefusedError(text, most=MOST_FILES)
        yield file


def _write(source: Path, name: str, content: bytes) -> Path:
    """Write one file below `source`, whatever its name tries; a name that is taken gets a number."""
    parts = [_UNSAFE.sub("_", part) for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
    path = source.joinpath(*(parts or ["file"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    number = 2
    while path.exists():
        path = path.with_stem(f"{path.stem}-{number}")
        number += 1
    path.write_bytes(content)
    return path


def _root(source: Path) -> Path:
    """Return the folder itself where the browser put the chosen folder's name before every file."""
    inside = list(source.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and any(inside[0].glob("*/")) else source


def _remove_leftovers() -> None:
    for source in jobs_dir().glob(f"{KIND}-*/{SOURCE_FOLDER}"):
        if (source.parent / "status.json").exists() and effective_state(source.parent) not in ALIVE:
            shutil.rmtree(source, ignore_errors=True)
