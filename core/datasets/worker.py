"""An import as a job: `python -m core.datasets.worker JOB_FOLDER`.

The job's folder holds request.json when the job is started and report.json when it has ended well.
"""

import secrets
import shutil
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.datasets.importing import ImportOptions, ImportReport, import_path
from core.datasets.store import check_new_name
from core.jobs.control import start
from core.jobs.worker import work
from core.workspace import jobs_dir, write_text

KIND = "import"
SOURCE_FOLDER = "source"  # of the job: files that came through a browser, deleted at its end


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
    folder = jobs_dir() / f"{KIND}-{options.name}-{secrets.token_hex(4)}"
    start_prepared(folder, path, options)
    return folder


def start_prepared(folder: Path, path: Path, options: ImportOptions) -> None:
    """Start the import of `path` in a job's folder that is there already, or is made here."""
    request = ImportRequest(path=path.resolve(), options=options)
    write_text(folder / "request.json", request.model_dump_json(indent=1) + "\n")
    start(folder, module="core.datasets.worker", kind=KIND)


def take_report(folder: Path) -> ImportReport | None:
    """Return the report of an import that has ended well, or None.

    The names of skipped files are given once and then gone from the disk, for a name may be a patient's.
    """
    path = folder / "report.json"
    if not path.exists():
        return None
    report = ImportReport.model_validate_json(path.read_bytes())
    nameless = tuple(skipped.model_copy(update={"file": ""}) for skipped in report.skipped)
    if report.skipped != nameless:
        write_text(path, report.model_copy(update={"skipped": nameless}).model_dump_json(indent=1) + "\n")
    return report


def main(folder: Path) -> None:
    """Do the import that request.json asks for."""
    with work(folder) as job:
        job.wait_for_turn()
        request = ImportRequest.model_validate_json((folder / "request.json").read_bytes())
        try:
            report = import_path(
                request.path, request.options, progress=job.report, should_stop=job.should_stop
            )
        finally:
            shutil.rmtree(folder / SOURCE_FOLDER, ignore_errors=True)
        write_text(folder / "report.json", report.model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
