"""A home with very many runs, as real ones look on the disk: made quickly, and nothing is trained."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from core.evaluation.index import index
from core.jobs.status import JobStatus
from core.runs.metrics import append_metrics
from core.runs.notes import NAME as NOTES
from core.runs.notes import RunNotes
from core.runs.records import EpochMetrics, Parent, RunRequest, StepMetrics
from core.runs.store import DEMO_RUN, open_run
from core.training.config import parse_config, with_changes
from core.workspace import runs_dir

N_EPOCHS, STEPS_AN_EPOCH = 100, 49  # 5,000 points with the epochs' own
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NETWORKS: Final = ("small_cnn", "resnet18", "mlp")


def make_runs(n: int) -> int:
    """Write `n` runs of 5,000 points into the home; return the bytes of their metrics.

    Every second run is the child of the one before it, with another learning rate; one in ten has tags.
    """
    demo = open_run(DEMO_RUN).folder
    card = json.loads((demo / "model.json").read_bytes())
    for metric in card["metrics"]["val"].values():  # as a worker leaves it: what ships has intervals
        metric.update(low=None, high=None, method=None)
    predictions = (demo / "predictions" / "phantoms.val.parquet").read_bytes()
    lines = _lines()
    for number in range(n):
        folder = runs_dir() / name_of(number)
        (folder / "predictions").mkdir(parents=True)
        (folder / "config.json").write_text(_request(number).model_dump_json(indent=1), encoding="utf-8")
        (folder / "status.json").write_text(_status(number).model_dump_json(indent=1), encoding="utf-8")
        (folder / "metrics.jsonl").write_bytes(lines)
        card["run"] = folder.name
        (folder / "model.json").write_text(json.dumps(card, indent=1), encoding="utf-8")
        (folder / "predictions" / "phantoms.val.parquet").write_bytes(predictions)
        if number % 10 == 0:
            notes = RunNotes(tags=(f"tag {number % 70}", "sweep"), note="Looked at.")
            (folder / NOTES).write_text(notes.model_dump_json(), encoding="utf-8")
    return n * len(lines)


def name_of(number: int) -> str:
    """Return the name of the run with this number, from 0."""
    return f"phantoms-{_NETWORKS[number // 2 % len(_NETWORKS)]}-{number:04d}"


def go_on(number: int, times: int) -> None:
    """Let a run write one epoch more."""
    append_metrics(runs_dir() / name_of(number), _epoch(N_EPOCHS + times))


def measure_runs() -> float:
    """Measure the interval of each run, as the server does beside the page; return the seconds it takes."""
    index().rows()
    began = time.process_time()
    index().measure()
    return time.process_time() - began


def count_rows() -> int:
    """Return how many runs the index finds."""
    return len(index().rows())


def bytes_read() -> int | None:
    """Return how many bytes this process has read from files so far; None where the system does not say."""
    path = Path("/proc/self/io")
    if not path.exists():
        return None
    return int(path.read_text(encoding="ascii").split("rchar:")[1].split()[0])


def _request(number: int) -> RunRequest:
    config = parse_config(
        {"dataset": "phantoms", "model": _NETWORKS[number // 2 % len(_NETWORKS)], "epochs": N_EPOCHS}
    )
    parent = None
    if number % 2:
        parent = Parent(run=name_of(number - 1))
        config = with_changes(config, {"learning_rate": 0.001 * (1 + number % 9)})
    return RunRequest(config=config, dataset_revision="0" * 16, split_hash="1" * 16, parent=parent)


def _status(number: int) -> JobStatus:
    moment = (_BEGAN + timedelta(minutes=number)).isoformat(timespec="milliseconds")
    return JobStatus(
        kind="training",
        state=("completed", "completed", "completed", "stopped", "failed")[number % 5],
        progress=1.0,
        created_at=moment,
        launched_at=moment,
        claimed_at=moment,
        started_at=moment,
        finished_at=moment,
    )


def _lines() -> bytes:
    found: list[str] = []
    for epoch in range(1, N_EPOCHS + 1):
        found += [_step(epoch, step).model_dump_json() for step in range(1, STEPS_AN_EPOCH + 1)]
        found.append(_epoch(epoch).model_dump_json())
    return "\n".join([*found, ""]).encode()


def _step(epoch: int, step: int) -> StepMetrics:
    done = (epoch - 1) * STEPS_AN_EPOCH + step
    return StepMetrics(
        step=done,
        epoch=epoch - 1 + step / STEPS_AN_EPOCH,
        loss=0.3 + 1 / done,
        learning_rate=0.00123456789,
        images_per_second=1234.56789,
        seconds=done / 48.123456789,
        memory_bytes=987_654_321,
    )


def _epoch(epoch: int) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch,
        step=epoch * STEPS_AN_EPOCH,
        train_loss=0.3 + 1 / epoch,
        val_loss=0.4 + 1 / epoch,
        val_accuracy=0.8677685856819153,
        val_auroc=0.9256424275560415,
        learning_rate=0.00123456789,
        images_per_second=1234.56789,
        seconds=epoch * 1.0234567,
        val_predicted=(60, 61),
        val_confusion=((50, 9), (10, 52)),
    )
