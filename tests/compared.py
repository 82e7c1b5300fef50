"""Runs of a moment for the tests of comparison: settings, curves and stored answers, but no training."""

from typing import Any

import numpy as np

from core.datasets.splits import hash_of, make_split
from core.datasets.store import open_dataset
from core.jobs.status import JobStatus, write_status
from core.runs.metrics import append_metrics
from core.runs.predictions import Predictions, write_predictions
from core.runs.records import EpochMetrics, ModelCard, StepMetrics
from core.runs.store import Run, create_run
from core.training.config import parse_config, resolved_preprocessing
from core.transforms.records import ChannelStatistics


def make_compared(
    run_id: str, *, dataset: str = "tiny", luck: int = 0, gain: float = 1.0, n_epochs: int = 3, **changes: Any
) -> Run:
    """Make a completed run whose answers are right more often the larger `gain` is.

    `luck` seeds its answers; half of their luck is that of the images and the same for all runs.
    """
    info = open_dataset(dataset).info
    config = parse_config({"dataset": dataset, "image_size": 16, "epochs": n_epochs, **changes})
    config = config.model_copy(update={"preprocessing": resolved_preprocessing(config, 1)})
    split = make_split(open_dataset(dataset).samples, config.split)
    run = create_run(config, dataset_revision=info.revision, split_hash=hash_of(split), run_id=run_id)
    created = f"2026-01-01T00:00:{len(list(run.folder.parent.iterdir())):02d}+00:00"
    write_status(
        run.folder, JobStatus(kind="train", state="completed", created_at=created, launched_at=created)
    )
    split.to_parquet(run.folder / "split.parquet")
    _write_curves(run, n_epochs, gain)
    (run.folder / "best.safetensors").write_bytes(b"")
    (run.folder / "model.json").write_text(_card(run, n_epochs).model_dump_json())
    answer(run, luck=luck, gain=gain)
    return run


def answer(run: Run, *, split: Any = "val", luck: int = 0, gain: float = 1.0) -> Predictions:
    """Store what a run says of a split."""
    info = open_dataset(run.config.dataset).info
    rows = run.split().query("split == @split")
    table = open_dataset(run.config.dataset).samples.set_index("sample_id")
    ids = rows["sample_id"].to_numpy()
    truth = np.array([info.class_names.index(label) for label in rows["label"]])
    k = len(info.class_names)
    shared, own = np.random.default_rng(100), np.random.default_rng(luck)
    noise = shared.normal(size=(1000, k))[ids] + own.normal(size=(1000, k))[ids]
    predictions = Predictions.from_logits(
        np.eye(k)[truth] * gain + noise,
        y_true=truth,
        sample_ids=ids,
        patient_ids=table.loc[ids, "patient_id"].to_numpy(dtype=object),
        class_names=info.class_names,
        positive_class=info.positive_class,
    )
    write_predictions(run.folder, run.config.dataset, split, predictions)
    return predictions


def _write_curves(run: Run, n_epochs: int, gain: float) -> None:
    for epoch in range(1, n_epochs + 1):
        for part in (1, 2):
            step = 2 * (epoch - 1) + part
            line = StepMetrics(
                step=step,
                epoch=step / 2,
                loss=1 / step,
                learning_rate=0.1,
                images_per_second=10,
                seconds=float(step),
            )
            append_metrics(run.folder, line)
        area = min(0.95, 0.4 + 0.1 * epoch + 0.05 * gain)
        append_metrics(
            run.folder,
            EpochMetrics(
                epoch=epoch,
                step=2 * epoch,
                train_loss=1 / epoch,
                val_loss=1.2 / epoch,
                val_accuracy=area,
                val_auroc=area,
                learning_rate=0.1,
                images_per_second=10,
                seconds=2.0 * epoch,
            ),
        )


def _card(run: Run, n_epochs: int) -> ModelCard:
    info = open_dataset(run.config.dataset).info
    half = (0.5,)
    return ModelCard(
        run=run.run_id,
        model=run.config.model,
        class_names=info.class_names,
        positive_class=info.positive_class,
        n_channels=1,
        image_size=16,
        preprocessing=resolved_preprocessing(run.config, 1),
        statistics=ChannelStatistics(mean=half, std=half, low=(0.0,), high=(1.0,)),
        intended_use="",
        simulated=False,
        dataset=run.config.dataset,
        n_train_images=10,
        n_train_patients=None,
        best_epoch=n_epochs,
    )
