"""An import as a job: `python -m core.datasets.worker JOB_FOLDER`.

The job's folder holds request.json while the job is queued or at work, and report.json when it has ended
well. Names of files and values of headers may be those of patients. So when the job has ended, whatever its
end, the request is gone; the report holds ordinals and reasons; and what the status and the log say of an
error names nothing that came out of the source.
"""

import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from core.datasets.importing import ImportOptions, ImportReport, import_path
from core.datasets.nameless import nameless_report, without_names
from core.datasets.store import check_new_name
from core.jobs.control import start
from core.jobs.status import ALIVE, EffectiveState, effective_state
from core.jobs.worker import Job, work
from core.language import Message
from core.workspace import jobs_dir, write_text

KIND = "import"
SOURCE_FOLDER = "source"  # of the job: files that came through a browser, deleted at its end
REQUEST: Final = "request.json"

_MAX_AGE_SECONDS: Final = 24 * 3600.0  # an import that a kill interrupted may be tried again so long


class ImportRequest(BaseModel):
    """What is to be imported: request.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    options: ImportOptions


def start_import(path: Path, options: ImportOptions) -> Path:
    """Start an import in a process of its own and return the job's folder.

    Raises
    ------
    InvalidValueError, NameTakenError
        The name cannot be used; whatever else is wrong is the job's error.
    """
    check_new_name(options.name)
    folder = jobs_dir() / f"{KIND}-{options.name}-{secrets.token_hex(8)}"
    start_prepared(folder, path, options)
    return folder


def start_prepared(folder: Path, path: Path, options: ImportOptions) -> None:
    """Start the import of `path` in a job's folder that is there already, or is made here."""
    forget_requests()
    request = ImportRequest(path=path.resolve(), options=options)
    write_text(folder / REQUEST, request.model_dump_json(indent=1) + "\n")
    (folder / REQUEST).chmod(0o600)
    start(folder, module="core.datasets.worker", kind=KIND)


def take_report(folder: Path) -> ImportReport | None:
    """Return the report of an import that has ended well, or None; skipped files have their ordinals only."""
    path = folder / "report.json"
    return ImportReport.model_validate_json(path.read_bytes()) if path.exists() else None


def forget_requests() -> None:
    """Remove the requests of imports that a kill ended: they name folders and columns."""
    for request in jobs_dir().glob(f"{KIND}-*/{REQUEST}"):
        state = _state(request.parent)
        if state not in ALIVE and not (state == "interrupted" and _is_young(request)):
            request.unlink(missing_ok=True)


def _state(folder: Path) -> EffectiveState | None:
    try:
        return effective_state(folder)
    except FileNotFoundError:
        return None


def _is_young(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < _MAX_AGE_SECONDS
    except FileNotFoundError:
        return False


def _reporting(job: Job) -> Callable[[float, Message], None]:
    """Return what reports progress and adds the seconds that are left, guessed from the share done."""
    began = time.monotonic()

    def report(share: float, message: Message) -> None:
        seconds_left = (time.monotonic() - began) * (1 - share) / share if share > 0 else None
        job.report(share, message, seconds_left=seconds_left)

    return report


def main(folder: Path) -> None:
    """Do the import that request.json asks for."""
    with work(folder) as job:
        try:
            job.wait_for_turn()
            request = ImportRequest.model_validate_json((folder / REQUEST).read_bytes())
            with without_names(request.options.name):
                report = import_path(
                    request.path, request.options, progress=_reporting(job), should_stop=job.should_stop
                )
            write_text(folder / "report.json", nameless_report(report).model_dump_json(indent=1) + "\n")
        finally:
            _forget(folder)


def _forget(folder: Path) -> None:
    shutil.rmtree(folder / SOURCE_FOLDER, ignore_errors=True)
    (folder / REQUEST).unlink(missing_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
