"""The other side of a job: start it, ask it to stop, see what is going on."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from core.errors import StateError
from core.jobs.status import ALIVE, EffectiveState, JobStatus, effective_state, now, read_status, write_status
from core.language import N_
from core.workspace import ROOT, home, jobs_dir, write_text


@dataclass(frozen=True)
class JobView:
    """A job as seen from outside."""

    folder: Path
    status: JobStatus
    state: EffectiveState

    @property
    def job_id(self) -> str:
        """The name of the job's folder."""
        return self.folder.name


def start(folder: Path, *, module: str, kind: str) -> None:
    """Launch `python -m module FOLDER` as a process of its own that outlives this one.

    The job is "queued" when this returns. Its output goes to log.txt.

    Raises
    ------
    StateError
        The job is already queued or running.
    """
    queue_up(folder, kind=kind)
    _launch(folder, module)


def queue_up(folder: Path, *, kind: str) -> None:
    """Write that a job is queued and count it among the active ones; whoever calls this works on it next.

    Raises
    ------
    StateError
        The job is already queued or running.
    """
    if (folder / "status.json").exists() and effective_state(folder) in ALIVE:
        raise StateError(N_("'{name}' is already queued or running."), name=folder.name)
    (folder / "stop").unlink(missing_ok=True)
    moment = now()
    previous = read_status(folder) if (folder / "status.json").exists() else None
    created_at = previous.created_at if previous else moment
    progress = previous.progress if previous else 0.0
    status = JobStatus(
        kind=kind, state="queued", progress=progress, created_at=created_at, launched_at=moment
    )
    write_status(folder, status)
    # The kind too: an import and a run may bear the same name, and no name holds an @.
    write_text(jobs_dir() / "active" / f"{folder.name}@{kind}", str(folder))


def request_stop(folder: Path) -> None:
    """Ask the job to stop at its next safe place.

    Raises
    ------
    StateError
        The job is not queued, running or paused.
    """
    state = effective_state(folder)
    if state not in ALIVE:
        raise StateError(N_("'{name}' is not running: it is {state}."), name=folder.name, state=state)
    (folder / "stop").touch()


def view(folder: Path) -> JobView:
    """Return the job in `folder` with its true state."""
    status = read_status(folder)
    return JobView(folder, status, effective_state(folder, status))


def active_jobs() -> list[JobView]:
    """Return the jobs that are queued, running or paused, oldest first; ended ones are forgotten here."""
    found = []
    for marker in (jobs_dir() / "active").glob("[!.]*"):
        try:
            job = view(Path(marker.read_text(encoding="utf-8")))
        except FileNotFoundError:  # another reader forgot it first, or the job's folder was deleted
            job = None
        except (OSError, ValueError):  # torn, foreign, or no right to read it: nobody can tell, so it stays
            continue
        if job is not None and job.state in ALIVE:
            found.append(job)
        else:
            marker.unlink(missing_ok=True)
    return sorted(found, key=lambda job: job.status.launched_at)


def tail_log(folder: Path, n_lines: int = 20) -> str:
    """Return the last lines of the job's output."""
    path = folder / "log.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64 * 1024))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-n_lines:])


def wait(folder: Path, *, seconds: float) -> EffectiveState:
    """Wait until the job has ended, at most so long, and return its state."""
    deadline = time.monotonic() + seconds
    while (state := effective_state(folder)) in ALIVE and time.monotonic() < deadline:
        time.sleep(0.05)
    return state


def _launch(folder: Path, module: str) -> None:
    environment = {**os.environ, "LIGHTBOX_HOME": str(home()), "PYTHONUNBUFFERED": "1"}
    with (folder / "log.txt").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Somebody must wait for a child, or it becomes a zombie; the job outlives this process and its thread.
    threading.Thread(target=child.wait, name=f"wait for {folder.name}", daemon=True).start()
