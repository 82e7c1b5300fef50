"""Profiling as a job: `python -m core.datasets.profiling.worker JOB_FOLDER`, which holds request.json."""

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.datasets.profiling.making import make_profile
from core.datasets.records import DatasetInfo
from core.datasets.store import open_dataset
from core.jobs.control import start, view
from core.jobs.status import ALIVE
from core.jobs.worker import work
from core.workspace import jobs_dir, write_text

KIND = "profile"


class ProfileRequest(BaseModel):
    """Which data set is to be profiled: request.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset_id: str


def job_folder(info: DatasetInfo) -> Path:
    """Return the folder of the job that profiles this revision: one for all who ask, there or not."""
    return jobs_dir() / f"{KIND}-{info.dataset_id}-{info.revision}"


def start_profile(info: DatasetInfo) -> Path:
    """Start profiling a data set in a process of its own and return the job's folder.

    If somebody else has started it already, theirs is followed.
    """
    folder = job_folder(info)
    if (folder / "status.json").exists() and view(folder).state in ALIVE:
        return folder
    request = ProfileRequest(dataset_id=info.dataset_id)
    write_text(folder / "request.json", request.model_dump_json(indent=1) + "\n")
    start(folder, module="core.datasets.profiling.worker", kind=KIND)
    return folder


def main(folder: Path) -> None:
    """Make the profile that request.json asks for."""
    with work(folder) as job:
        job.wait_for_turn()
        request = ProfileRequest.model_validate_json((folder / "request.json").read_bytes())
        make_profile(open_dataset(request.dataset_id), progress=job.report, should_stop=job.should_stop)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
