"""Run folders written by hand for the tests: nothing is trained, and every number is known."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from core.jobs.status import JobState, JobStatus
from core.runs.metrics import append_metrics
from core.runs.records import CardMetric, EpochMetrics, ModelCard, Parent, RunRequest, StepMetrics
from core.runs.store import Run
from core.training.config import parse_config
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics
from core.workspace import runs_dir

AUROC = CardMetric(value=0.91, low=0.84, high=0.96, n=118, method="delong")


def write_run(
    run_id: str,
    *,
    state: JobState = "completed",
    day: int = 1,
    parent: str | None = None,
    n_epochs: int = 2,
    auroc: CardMetric | None = AUROC,
    **config: Any,
) -> Run:
    """Write the folder of a run of `n_epochs` epochs, asked for on a day of January 2026."""
    folder = runs_dir() / run_id
    folder.mkdir(parents=True)
    asked = parse_config({"dataset": "films", "epochs": n_epochs} | config)
    came_from = None if parent is None else Parent(run=parent)
    request = RunRequest(config=asked, dataset_revision="0" * 16, parent=came_from)
    (folder / "config.json").write_text(request.model_dump_json(), encoding="utf-8")
    moment = f"2026-01-{day:02d}T00:00:00.000+00:00"
    status = JobStatus(kind="training", state=state, created_at=moment, launched_at=moment, claimed_at=moment)
    (folder / "status.json").write_text(status.model_dump_json(), encoding="utf-8")
    for epoch in range(1, n_epochs + 1):
        append_metrics(folder, step(epoch - 0.5))
        append_metrics(folder, epoch_line(epoch))
    (folder / "split.parquet").write_bytes(_split())
    if auroc is not None:
        (folder / "best.safetensors").write_bytes(b"no weights")
        (folder / "model.json").write_text(_card(run_id, auroc).model_dump_json(), encoding="utf-8")
    return Run(run_id, folder)


def step(epoch: float) -> StepMetrics:
    """Return a line for a group of steps; ten steps and ten seconds an epoch."""
    return StepMetrics(
        step=round(epoch * 10),
        epoch=epoch,
        loss=0.5,
        learning_rate=0.001,
        images_per_second=100,
        seconds=epoch * 10,
    )


def epoch_line(epoch: int, **changes: Any) -> EpochMetrics:
    """Return a line for a finished epoch."""
    line = EpochMetrics(
        epoch=epoch,
        step=epoch * 10,
        train_loss=0.5,
        val_loss=0.6,
        val_accuracy=0.75,
        val_auroc=0.8,
        learning_rate=0.001,
        images_per_second=100,
        seconds=epoch * 10.0,
    )
    return line.model_copy(update=changes)


def change_json(path: Path, **changes: Any) -> None:
    """Change some values of a JSON file; `config` is changed value by value."""
    values = json.loads(path.read_bytes())
    config = values.get("config", {}) | changes.pop("config", {})
    values |= changes | ({"config": config} if config else {})
    path.write_text(json.dumps(values), encoding="utf-8")


def _split() -> bytes:
    content = io.BytesIO()
    table = {
        "sample_id": [0, 1, 2],
        "label": ["clear", "finding", "clear"],
        "split": ["train", "train", "val"],
    }
    pd.DataFrame(table).to_parquet(content)
    return content.getvalue()


def _card(run_id: str, auroc: CardMetric) -> ModelCard:
    half = (0.5,)
    return ModelCard(
        run=run_id,
        model="small_cnn",
        class_names=("clear", "finding"),
        positive_class="finding",
        n_channels=1,
        preprocessing=default_preprocessing(16, 1),
        statistics=ChannelStatistics(mean=half, std=half, low=(0.0,), high=(1.0,)),
        intended_use="",
        simulated=False,
        dataset="films",
        n_train_images=10,
        n_train_patients=None,
        best_epoch=1,
        metrics={"val": {"auroc": auroc}},
    )
