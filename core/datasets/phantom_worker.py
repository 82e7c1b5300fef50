"""Making phantoms as a job: `python -m core.datasets.phantom_worker JOB_FOLDER`, which holds request.json."""

import secrets
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.store import check_new_name
from core.jobs.control import start
from core.jobs.worker import work
from core.workspace import jobs_dir, write_text

KIND = "phantoms"


class PhantomRequest(BaseModel):
    """What is to be made: request.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    config: PhantomConfig


def start_phantoms(name: str, config: PhantomConfig) -> Path:
    """Start making a data set of phantoms in a process of its own and return the job's folder.

    Raises
    ------
    InvalidValueError, NameTakenError
        The name cannot be used.
    """
    check_new_name(name)
    folder = jobs_dir() / f"{KIND}-{name}-{secrets.token_hex(4)}"
    request = PhantomRequest(name=name, config=config)
    write_text(folder / "request.json", request.model_dump_json(indent=1) + "\n")
    start(folder, module="core.datasets.phantom_worker", kind=KIND)
    return folder


def main(folder: Path) -> None:
    """Make what request.json asks for."""
    with work(folder) as job:
        job.wait_for_turn()
        request = PhantomRequest.model_validate_json((folder / "request.json").read_bytes())
        build_phantoms(request.config, request.name, progress=job.report, should_stop=job.should_stop)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
