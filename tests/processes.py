"""Find, wait for and kill the workers that the tests started."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from core.jobs import control
from core.jobs.status import effective_state, read_status


def worker_of(folder: Path) -> psutil.Process | None:
    """The worker of a job: the process whose last argument is its folder."""
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [""])[-1] == str(folder):
            return process
    return None


def kill_worker(folder: Path) -> None:
    """kill -9 the worker of a job, if it has one."""
    process = worker_of(folder)
    if process is not None:
        process.send_signal(signal.SIGKILL)
        psutil.wait_procs([process], timeout=10)


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition; fail if it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def queue_sleepers(home: Path, kind: str, *names: str) -> list[Path]:
    """Start jobs that hold until they are stopped, one after another: the first works, the others wait."""
    return [_sleeper(home / "work" / name, kind) for name in names]


def _sleeper(folder: Path, kind: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "plan").write_text("hold")
    control.start(folder, module="tests.workers.sleeper", kind=kind)
    until(lambda: effective_state(folder) == "running" or read_status(folder).message is not None)
    return folder
