"""An export as a job: `python -m core.datasets.export_worker JOB_FOLDER`.

The job's folder holds request.json when it is started, and export.zip and report.json when it has ended well.
The name of the folder cannot be guessed, for it is all that a download asks for. What ended more than a day
ago is deleted when the next export is started.
"""

import re
import secrets
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from core.datasets.exporting import ExportReport, export_dataset
from core.datasets.store import open_dataset
from core.jobs.control import start
from core.jobs.status import ALIVE, effective_state
from core.jobs.worker import work
from core.language import current_language, set_language
from core.workspace import jobs_dir, write_text

KIND: Final = "export"
_ARCHIVE: Final = "export.zip"
_KEPT_SECONDS: Final = 24 * 3600.0
_JOB_NAME: Final = re.compile(rf"{KIND}-[a-z0-9_.-]{{1,64}}-[0-9a-f]{{32}}")


class ExportRequest(BaseModel):
    """What is to be exported, and the language of its README: request.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset_id: str
    language: str


def start_export(dataset_id: str) -> Path:
    """Start an export in a process of its own and return the job's folder.

    Raises
    ------
    UnknownNameError
        There is no such data set.
    """
    name = open_dataset(dataset_id).info.dataset_id
    _remove_old()
    folder = jobs_dir() / f"{KIND}-{name}-{secrets.token_hex(16)}"
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    request = ExportRequest(dataset_id=name, language=current_language())
    write_text(folder / "request.json", request.model_dump_json(indent=1) + "\n")
    start(folder, module="core.datasets.export_worker", kind=KIND)
    return folder


def exported(job_id: str) -> tuple[Path, ExportReport] | None:
    """Return the file of an export that has ended well, and its report; None for any other name."""
    folder = jobs_dir() / job_id
    if not _JOB_NAME.fullmatch(job_id) or not (folder / "report.json").exists():
        return None
    return folder / _ARCHIVE, ExportReport.model_validate_json((folder / "report.json").read_bytes())


def main(folder: Path) -> None:
    """Do the export that request.json asks for."""
    with work(folder) as job:
        job.wait_for_turn()
        request = ExportRequest.model_validate_json((folder / "request.json").read_bytes())
        set_language(request.language)
        out = folder / _ARCHIVE
        report = export_dataset(request.dataset_id, out, progress=job.report, should_stop=job.should_stop)
        write_text(folder / "report.json", report.model_dump_json(indent=1) + "\n")


def _remove_old() -> None:
    for status in jobs_dir().glob(f"{KIND}-*/status.json"):
        is_old = time.time() - status.stat().st_mtime > _KEPT_SECONDS
        if is_old and effective_state(status.parent) not in ALIVE:
            shutil.rmtree(status.parent, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
