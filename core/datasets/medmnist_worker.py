"""A MedMNIST set as a job: `python -m core.datasets.medmnist_worker JOB_FOLDER`, from server to data set.

The job's folder holds request.json when the job is started and the import's report.json when it has ended
well. A job that was stopped or lost its connection leaves the beginning of the file, for the next to go on.
"""

import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from core.datasets.importing import ImportOptions, ImportReport, import_path
from core.datasets.medmnist import caveats_of, check_finding, find_set, title_of
from core.datasets.medmnist_about import ABOUT
from core.datasets.medmnist_files import fetch, kept_file
from core.datasets.store import check_new_name
from core.jobs.control import JobView, start, view
from core.jobs.status import ALIVE
from core.jobs.worker import Job, work
from core.language import Message
from core.workspace import jobs_dir, write_text

KIND: Final = "download"
_DOWNLOAD_SHARE: Final = 0.5  # of the bar, where there is something to download


class MedMnistRequest(BaseModel):
    """What is to be fetched, and the data set to make of it: request.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    set_name: str
    size: int  # pixels a side
    name: str  # of the data set
    finding: str | None = None  # of a multi-label set: this one against the rest


def check_request(request: MedMnistRequest) -> None:
    """Refuse what could not end well.

    Raises
    ------
    UnknownNameError, InvalidValueError, NameTakenError
    """
    entry = find_set(request.set_name)
    entry.file(request.size)
    check_finding(entry, request.finding)
    check_new_name(request.name)


def start_download(request: MedMnistRequest) -> Path:
    """Start fetching and importing in a process of its own and return the job's folder.

    Raises
    ------
    UnknownNameError, InvalidValueError, NameTakenError
        The request cannot end well.
    """
    check_request(request)
    forget_ended(request.set_name)
    folder = jobs_dir() / f"{KIND}-{request.name}-{secrets.token_hex(4)}"
    write_text(folder / "request.json", request.model_dump_json(indent=1) + "\n")
    start(folder, module="core.datasets.medmnist_worker", kind=KIND)
    return folder


def do_request(
    request: MedMnistRequest,
    *,
    on_download: Callable[[float, Message], None],
    on_import: Callable[[float, Message], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Fetch what is asked for and make a data set of it, here and now.

    Parameters
    ----------
    request
        What `check_request` lets pass.
    on_download, on_import
        Called with the share done of that half, in [0, 1], and a sentence.
    should_stop
        Asked all the time.

    Raises
    ------
    LightboxError
        As `core.datasets.medmnist_files.fetch` and `core.datasets.importing.import_path` do.
    """
    check_request(request)
    entry = find_set(request.set_name)
    path = fetch(entry, request.size, progress=on_download, should_stop=should_stop)
    options = ImportOptions(
        name=request.name,
        finding=request.finding,
        title=title_of(entry, request.size, request.finding),
        description=ABOUT[entry.name].shows,
        licence=entry.licence,
        caveats=caveats_of(entry),
    )
    return import_path(path, options, progress=on_import, should_stop=should_stop)


def requested_jobs() -> dict[str, tuple[MedMnistRequest, JobView]]:
    """Return the newest job of each set, by the set's name: those at work, and those that ended."""
    found: dict[str, tuple[MedMnistRequest, JobView]] = {}
    for folder in jobs_dir().glob(f"{KIND}-*"):
        try:
            request = MedMnistRequest.model_validate_json((folder / "request.json").read_bytes())
            job = view(folder)
        except (FileNotFoundError, ValidationError):  # half deleted, or not ours
            continue
        known = found.get(request.set_name)
        if known is None or known[1].status.launched_at < job.status.launched_at:
            found[request.set_name] = (request, job)
    return found


def forget_ended(set_name: str) -> None:
    """Delete the folders of a set's jobs that have ended: what they say is old when a new one begins."""
    for folder in jobs_dir().glob(f"{KIND}-*"):
        try:
            request = MedMnistRequest.model_validate_json((folder / "request.json").read_bytes())
            if request.set_name == set_name and view(folder).state not in ALIVE:
                shutil.rmtree(folder, ignore_errors=True)
        except (FileNotFoundError, ValidationError):
            continue


class _Stretch:
    """A stretch of the job's bar, with the time that is left for it at the pace so far."""

    def __init__(self, job: Job, low: float, high: float) -> None:
        self._job = job
        self._low, self._high = low, high
        self._first: tuple[float, float] | None = None  # share, time: a resumed file does not begin at 0

    def __call__(self, share: float, message: Message) -> None:
        now = time.monotonic()
        self._first = self._first or (share, now)
        done, seconds = share - self._first[0], now - self._first[1]
        left = seconds / done * (1 - share) if done > 0 and seconds > 1 else None
        self._job.report(self._low + (self._high - self._low) * share, message, seconds_left=left)


def main(folder: Path) -> None:
    """Do what request.json asks for."""
    with work(folder) as job:
        job.wait_for_turn()
        request = MedMnistRequest.model_validate_json((folder / "request.json").read_bytes())
        kept = kept_file(find_set(request.set_name), request.size)
        middle = 0.0 if kept and kept.is_whole else _DOWNLOAD_SHARE
        report = do_request(
            request,
            on_download=_Stretch(job, 0.0, middle),
            on_import=_Stretch(job, middle, 1.0),
            should_stop=job.should_stop,
        )
        write_text(folder / "report.json", report.model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
