"""Files on their way from a browser into a data set: staged, inspected, imported or thrown away.

    staging = stage_upload((file.name, file) for file in files)
    start_inspection(staging, options)          # a job: core.jobs.control.view(staging) follows it
    plan = take_inspection(staging)             # None until it has ended well; again with other options
    job = start_staged_import(staging, options)

Names of files are in the staging folder alone, which only this user can read; it moves into the import's job
and is deleted when that has ended. A folder of the server, if the operator allowed it, is read where it is.
"""

import json
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from core.datasets import inspection
from core.datasets.inspection import KIND, NAMES, PLAN, PREVIEWS, InspectionRequest
from core.datasets.options import ImportOptions
from core.datasets.plan import ImportPlan, Preview
from core.datasets.remembered_names import forget, name_of, remember
from core.datasets.server_folders import check_allowed, list_server_folders, server_folders
from core.datasets.staging_folder import SOURCE, find_staging, new_staging, remove_staging, sweep, token_of
from core.datasets.store import check_new_name
from core.datasets.worker import KIND as IMPORT_KIND
from core.datasets.worker import SOURCE_FOLDER, start_prepared
from core.errors import ImportRefusedError, StateError
from core.images.entry_names import numbered, safe_name
from core.jobs.control import request_stop, start
from core.jobs.status import ALIVE, EffectiveState, effective_state
from core.language import N_
from core.workspace import jobs_dir, write_text

__all__ = [
    "asked_options",
    "discard",
    "discard_import",
    "find_staging",
    "forget",
    "inspection_state",
    "list_server_folders",
    "name_of",
    "preview_path",
    "retry_import",
    "server_folders",
    "stage_server_folder",
    "stage_upload",
    "start_inspection",
    "start_staged_import",
    "sweep",
    "take_inspection",
    "token_of",
]

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 8 * 1024**3

_CHUNK: Final = 1024**2
_LINK: Final = "server_folder.txt"  # where a folder of the server is to be read
_STOP_SECONDS: Final = 5.0
_MOST_PARTS: Final = 16  # of a path


def stage_upload(files: Iterable[tuple[str, bytes | IO[bytes]]]) -> Path:
    """Write uploaded files into a new staging folder and return it.

    Parameters
    ----------
    files
        Pairs of a relative name, as the browser gave it, and the content or a file open for reading.

    Raises
    ------
    ImportRefusedError
        There is no file, there are more than 20,000, or they have more than 8 GiB together.
    """
    staging = new_staging()
    source = staging / SOURCE
    source.mkdir(mode=0o700)
    try:
        if _write_all(source, files) == 0:
            raise ImportRefusedError(N_("No file was chosen. Choose a folder or files first."))
        _without_chosen_folder(source)
    except BaseException:
        remove_staging(staging)
        raise
    return staging


def stage_server_folder(path: Path) -> Path:
    """Return a new staging folder for a folder of the server, which stays where it is.

    Raises
    ------
    ImportRefusedError
        The operator did not allow it, or it is not there.
    """
    allowed = check_allowed(path)
    staging = new_staging()
    write_text(staging / _LINK, str(allowed))
    return staging


def start_inspection(staging: Path, options: ImportOptions) -> None:
    """Start looking at what is staged, in a process of its own; with other options it may be done again.

    Raises
    ------
    StateError
        It is being looked at already.
    ImportRefusedError
        The operator no longer allows the folder.
    """
    if inspection_state(staging) in ALIVE:
        raise StateError(N_("These files are being looked at already; wait for it to end, or stop it first."))
    (staging / "status.json").unlink(missing_ok=True)
    request = InspectionRequest(path=_source(staging), options=options)
    write_text(staging / "request.json", request.model_dump_json() + "\n")
    start(staging, module=inspection.__name__, kind=KIND)


def inspection_state(staging: Path) -> EffectiveState | None:
    """Return the state of the last inspection, None if there was none; its error is in its status."""
    return effective_state(staging) if (staging / "status.json").exists() else None


def take_inspection(staging: Path) -> ImportPlan | None:
    """Return what the last inspection that ended well found; None if none has, or one is under way."""
    if inspection_state(staging) in ALIVE or not (staging / PLAN).exists():
        return None
    return ImportPlan.model_validate_json((staging / PLAN).read_bytes())


def asked_options(staging: Path) -> ImportOptions:
    """Return the options of the last inspection; FileNotFoundError if there was none."""
    return InspectionRequest.model_validate_json((staging / "request.json").read_bytes()).options


def preview_path(staging: Path, preview: Preview) -> Path | None:
    """Return the PNG of a preview, at most 256 pixels a side; None where there is none."""
    path = staging / PREVIEWS / (preview.picture or "")
    return path if preview.picture and path.is_file() else None


def start_staged_import(staging: Path, options: ImportOptions) -> Path:
    """Start the import of what is staged and return the job's folder; the staging folder is gone then.

    Raises
    ------
    InvalidValueError, NameTakenError
        The name cannot be used.
    StateError
        It is still being looked at.
    """
    check_new_name(options.name)
    if inspection_state(staging) in ALIVE:
        raise StateError(N_("These files are still being looked at; wait for it to end, or stop it first."))
    path = _source(staging)
    job = jobs_dir() / f"{IMPORT_KIND}-{options.name}-{secrets.token_hex(8)}"
    job.mkdir(mode=0o700, parents=True)
    is_ours = path == staging / SOURCE
    if is_ours:
        path = path.rename(job / SOURCE_FOLDER)
    if (staging / NAMES).exists():
        remember(job, json.loads((staging / NAMES).read_bytes()))
    start_prepared(job, path, options)
    remove_staging(staging)
    return job


def retry_import(job: Path) -> None:
    """Start an import again that a kill interrupted, as long as its files are there.

    Raises
    ------
    StateError
        It was not interrupted.
    """
    if effective_state(job) != "interrupted":
        raise StateError(N_("Only an import that was interrupted can be tried again."))
    start(job, module="core.datasets.worker", kind=IMPORT_KIND)


def discard_import(job: Path) -> None:
    """Throw away an import that has ended, with the files and the names that are left of it.

    Raises
    ------
    StateError
        It is at work.
    """
    if effective_state(job) in ALIVE:
        raise StateError(N_("'{name}' is already queued or running."), name=job.name)
    forget(job)
    shutil.rmtree(job, ignore_errors=True)


def discard(staging: Path) -> None:
    """Throw away what is staged, after its inspection was stopped."""
    if inspection_state(staging) in ALIVE:
        request_stop(staging)
        deadline = time.monotonic() + _STOP_SECONDS
        while inspection_state(staging) in ALIVE and time.monotonic() < deadline:
            time.sleep(0.05)
    remove_staging(staging)


def _source(staging: Path) -> Path:
    link = staging / _LINK
    return check_allowed(Path(link.read_text(encoding="utf-8"))) if link.exists() else staging / SOURCE


def _write_all(source: Path, files: Iterable[tuple[str, bytes | IO[bytes]]]) -> int:
    taken: set[str] = set()
    n_files, n_bytes = 0, 0
    for n_files, (name, content) in enumerate(files, start=1):
        if n_files > MOST_FILES:
            text = N_("More than {most} files at once; import a folder of this size from the command line.")
            raise ImportRefusedError(text, most=MOST_FILES)
        path = source / numbered(_relative(name, n_files), taken)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("xb") as target:
            for chunk in _chunks(content):
                n_bytes += len(chunk)
                if n_bytes > MOST_BYTES:
                    text = N_(
                        "More than {most} GB at once; import a folder of this size from the command line."
                    )
                    raise ImportRefusedError(text, most=MOST_BYTES // 1024**3)
                target.write(chunk)
    return n_files


def _without_chosen_folder(source: Path) -> None:
    """Take away the folder that the visitor chose, which a browser puts before each file: it is no class."""
    inside = list(source.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        chosen = inside[0].rename(source.with_name("chosen"))
        source.rmdir()
        chosen.rename(source)


def _chunks(content: bytes | IO[bytes]) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    while chunk := content.read(_CHUNK):
        yield chunk


def _relative(name: str, number: int) -> str:
    """Return a relative path for an uploaded file, whatever its name tries."""
    parts = [part for part in name.replace("\\", "_").split("/") if part not in ("", ".", "..")]
    return "/".join(_harmless(part.replace(":", "_"), number) for part in parts[-_MOST_PARTS:]) or "file"


def _harmless(part: str, number: int) -> str:
    # A hidden file is no content of an archive, but here it is to be listed: the letter keeps it.
    return safe_name(part, number=number) or (safe_name(f"x{part}", number=number) or "x_")[1:]
