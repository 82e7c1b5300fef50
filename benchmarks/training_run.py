"""How long a person waits after pressing Train: the page's own `launch`, a real worker, the default task."""

import time
from collections.abc import Callable

from benchmarks.home import need_phantoms, temporary_home
from benchmarks.records import Sample, Skipped
from core.jobs import control
from core.runs.metrics import read_metrics
from core.runs.store import Run
from core.training import launch
from core.training.config import parse_config

_N_QUICK, _N_FIRST = 3, 5
_WAIT_SECONDS = 300
_POLL_SECONDS = 0.02


def quick_train() -> Sample:
    """Seconds from `launch` to "completed", each time in a new home: unpacking and decoding are in it."""
    return Sample(tuple(_quick_train() for _ in range(_N_QUICK)), "a new home each time")


def first_sign() -> Sample:
    """Seconds from `launch` until the status says something new."""
    return _after_launch(lambda run: run.status.state != "queued" or run.status.message is not None)


def first_point() -> Sample:
    """Seconds from `launch` to the first line of metrics.jsonl, the pictures decoded before."""
    return _after_launch(lambda run: bool(read_metrics(run.folder).lines))


def _quick_train() -> float:
    need_phantoms()
    with temporary_home():
        began = time.perf_counter()
        run = launch.launch(parse_config({"dataset": "phantoms"}))
        state = control.wait(run.folder, seconds=_WAIT_SECONDS)
        seconds = time.perf_counter() - began
        if state != "completed":
            raise Skipped(f"the run ended as {state}: {control.tail_log(run.folder, 1)}")
    return seconds


def _after_launch(has_come: Callable[[Run], bool]) -> Sample:
    need_phantoms()
    config = parse_config({"dataset": "phantoms"})
    seconds = []
    with temporary_home():
        for _ in range(_N_FIRST + 1):  # the first fills the cache and is not counted
            began = time.perf_counter()
            run = launch.launch(config)
            while not has_come(run):
                if time.perf_counter() - began > _WAIT_SECONDS:
                    raise Skipped(f"nothing came in {_WAIT_SECONDS} s")
                time.sleep(_POLL_SECONDS)
            seconds.append(time.perf_counter() - began)
            _end(run)
    return Sample(tuple(seconds[1:]))


def _end(run: Run) -> None:
    """Let the first epoch begin, so that the cache is full, then stop the run."""
    while run.state in ("queued", "running") and not read_metrics(run.folder).lines:
        time.sleep(_POLL_SECONDS)
    (run.folder / "stop").touch()
    control.wait(run.folder, seconds=_WAIT_SECONDS)
