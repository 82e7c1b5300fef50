"""A run with frames for the time machine, written by hand: no training, numbers that are known."""

import numpy as np
import pandas as pd

from core.datasets.store import open_dataset
from core.jobs.status import JobStatus, now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics
from core.runs.replay import ReplayAbout, ReplayFrame, write_about, write_frame
from core.runs.store import Run, create_run
from core.training.config import parse_config
from core.transforms.preprocessing import default_preprocessing
from tests.tiny_dataset import write_tiny

N_IMAGES = 24


def about_of(class_names: tuple[str, ...] = ("clear", "finding"), *, simulated: bool = True) -> ReplayAbout:
    """Eight validation images, in turn of each class."""
    truth = tuple(place % len(class_names) for place in range(8))
    two = len(class_names) == 2
    return ReplayAbout(
        class_names=class_names,
        positive_class=class_names[1] if two else None,
        simulated=simulated,
        points=tuple(range(8)),
        truth=truth,
        n_val=8,
        map_of="positive" if two else "truth",
        has_maps=True,
    )


def frame_of(epoch: int, about: ReplayAbout, *, n_cases: int = 4) -> ReplayFrame:
    """After each epoch one point more is called right, and the cases are surer by a tenth."""
    k, m = len(about.class_names), len(about.points)
    truth = np.array(about.truth)
    called = np.where(np.arange(m) < epoch, truth, (truth + 1) % k)
    sure = min(0.95, 0.5 + 0.1 * epoch)
    answers = np.full((n_cases, k), (1 - sure) / (k - 1), dtype=np.float32)
    answers[np.arange(n_cases), truth[:n_cases]] = sure
    maps = np.zeros((n_cases, 4, 4), dtype=np.uint8)
    maps[:, epoch % 4, 1] = 255
    angle = np.linspace(0, 2 * np.pi, m, endpoint=False)
    return ReplayFrame(
        epoch=epoch,
        cases=np.arange(n_cases, dtype=np.int64),
        truth=truth[:n_cases].astype(np.int16),
        in_training=np.zeros(n_cases, dtype=bool),
        probabilities=answers,
        maps=maps,
        peaks=np.ones(n_cases, dtype=np.float32),
        places=np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float16)
        * np.float16(0.5 + 0.1 * epoch),
        called=called.astype(np.int16),
        spread=1.0 + epoch,
        kept_share=0.75,
    )


def write_epoch(run: Run, epoch: int, about: ReplayAbout) -> None:
    """Write what a worker writes at the end of an epoch; epoch 0 has no line of metrics."""
    frame = frame_of(epoch, about)
    write_frame(run.folder, frame)
    if epoch == 0:
        return
    k = len(about.class_names)
    table = tuple(tuple(int(n) for n in row) for row in frame.confusion(about.truth, k))
    line = EpochMetrics(
        epoch=epoch,
        step=epoch,
        train_loss=1 / epoch,
        val_loss=1.2 / epoch,
        val_accuracy=min(1.0, epoch / 8),
        val_auroc=min(1.0, 0.5 + epoch / 16),
        learning_rate=1e-3,
        images_per_second=100.0,
        seconds=float(epoch),
        val_confusion=table,
    )
    append_metrics(run.folder, line)


def recorded_run(
    run_id: str = "filmed", *, epochs: tuple[int, ...] = (0, 1, 2, 3), about: ReplayAbout | None = None
) -> Run:
    """Write a data set, a completed run of it, and its frames."""
    told = about or about_of()
    info = write_tiny(n_images=N_IMAGES, size=24, n_classes=min(3, len(told.class_names)))
    config = parse_config({"dataset": "tiny", "image_size": 16, "epochs": 6}).model_copy(
        update={"preprocessing": default_preprocessing(16, 1)}
    )
    run = create_run(config, dataset_revision=info.revision, run_id=run_id)
    moment = now()
    write_status(
        run.folder, JobStatus(kind="training", state="completed", created_at=moment, launched_at=moment)
    )
    sides = ["val"] * 8 + ["test"] * 8 + ["train"] * 8
    labels = open_dataset("tiny").samples["label"].tolist()
    split = pd.DataFrame({"sample_id": range(N_IMAGES), "label": labels, "split": sides})
    split.to_parquet(run.folder / "split.parquet")
    write_about(run.folder, told)
    for epoch in epochs:
        write_epoch(run, epoch, told)
    return run
