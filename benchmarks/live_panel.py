"""What a refresh of the live panel costs the server while a browser follows 5,000 points a curve."""

import time

from filelock import FileLock

from benchmarks.browser import Server, browsing, serving, wait_until_settled
from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.jobs.status import JobStatus, now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics, StepMetrics
from core.runs.store import Run, create_run
from core.training.config import parse_config
from core.workspace import ROOT

_N_POINTS = 5_000
_N_PARTS, _PART_SECONDS = 5, 5.0


def refresh() -> Sample:
    """Milliseconds of the server's processor time a refresh; the panel refreshes once a second."""
    with temporary_home():
        run = _long_run()
        with (
            FileLock(run.folder / "lock"),
            serving(ROOT / "benchmarks" / "live_app.py") as server,
            browsing() as page,
        ):
            page.goto(server.url)
            wait_until_settled(page, "live")
            page.wait_for_timeout(3000)
            values = tuple(_cost(server, run, part) for part in range(_N_PARTS))
    return Sample(values, "a new point at every refresh")


def _long_run() -> Run:
    run = create_run(parse_config({"dataset": "phantoms"}), dataset_revision="0" * 16, run_id="live")
    lines = [_step(number).model_dump_json() for number in range(1, _N_POINTS)]
    lines += [_epoch(number).model_dump_json() for number in range(1, _N_POINTS)]
    (run.folder / "metrics.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    moment = now()
    status = JobStatus(
        kind="training",
        state="running",
        progress=0.5,
        created_at=moment,
        launched_at=moment,
        claimed_at=moment,
    )
    write_status(run.folder, status)
    return run


def _cost(server: Server, run: Run, part: int) -> float:
    """Return milliseconds of processor time a second, while a point is added every second."""
    before, began = server.process.cpu_times(), time.perf_counter()
    while (passed := time.perf_counter() - began) < _PART_SECONDS:
        append_metrics(run.folder, _step(_N_POINTS + part * int(_PART_SECONDS) + int(passed)))
        time.sleep(1.0)
    after, seconds = server.process.cpu_times(), time.perf_counter() - began
    return 1000 * (after.user + after.system - before.user - before.system) / seconds


def _step(number: int) -> StepMetrics:
    return StepMetrics(
        step=number,
        epoch=number / 8,
        loss=1 / number,
        learning_rate=1e-3,
        images_per_second=1000,
        seconds=number,
    )


def _epoch(number: int) -> EpochMetrics:
    return EpochMetrics(
        epoch=number,
        step=number,
        train_loss=1 / number,
        val_loss=1 / number,
        val_accuracy=0.9,
        val_auroc=0.9,
        learning_rate=1e-3,
        images_per_second=1000,
        seconds=number,
    )
