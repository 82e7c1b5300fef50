"""Ask an experiment and find its answer again: one job folder for a question, whoever asks. No torch here."""

import hashlib
import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

from filelock import FileLock
from pydantic import ValidationError

from core.experiments.catalog import EXPERIMENTS
from core.experiments.records import KIND, Request, Result
from core.experiments.sweeping import sweep
from core.jobs import control
from core.jobs.control import JobView
from core.jobs.status import ALIVE
from core.transforms.preprocessing import CODE_VERSION
from core.workspace import jobs_dir, write_json, write_text

WORKER: Final = "core.experiments.worker"
_Answer = TypeVar("_Answer", bound=Result)


def folder_of(name: str, request: Request) -> Path:
    """Return the folder of the job that answers a question: the same question, the same folder."""
    spec = EXPERIMENTS[name]
    text = f"{name}/{spec.version}/{CODE_VERSION}/{request.model_dump_json()}"
    return jobs_dir() / f"{KIND}-{name}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def ask(name: str, request: Request) -> Path:
    """Start answering a question in a process of its own, at low priority; return the job's folder.

    If somebody else has asked it already, theirs is followed.
    """
    folder = folder_of(name, request)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "asking.lock"):  # of two tabs that ask at once, one starts it
        job = job_of(name, request)
        if job is not None and job.state in ALIVE:
            return folder
        write_json(folder / "request.json", {"name": name, "request": json.loads(request.model_dump_json())})
        (folder / "status.json").unlink(missing_ok=True)  # it begins anew, also what it says of its progress
        control.start(folder, module=WORKER, kind=KIND)
    sweep(jobs_dir())
    return folder


def job_of(name: str, request: Request) -> JobView | None:
    """Return the job that answers a question, at work or ended; None if nobody has asked."""
    folder = folder_of(name, request)
    return control.view(folder) if (folder / "status.json").exists() else None


def answer_of(name: str, request: Request, kind: type[_Answer]) -> _Answer | None:
    """Return the kept answer to a question, or None if there is none yet."""
    try:
        return kind.model_validate_json((folder_of(name, request) / "result.json").read_bytes())
    except (FileNotFoundError, ValidationError):  # none yet, or one of another version of Lightbox
        return None


def keep(folder: Path, result: Result) -> None:
    """Keep an answer in its job's folder."""
    write_text(folder / "result.json", result.model_dump_json() + "\n")


@cache
def resolve(name: str) -> Any:
    """Return what "module:name" stands for."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
