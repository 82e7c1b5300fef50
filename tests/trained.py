"""Small trained runs for the tests of pages: phantoms with masks, and pictures of three classes."""

import numpy as np
import pandas as pd

from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images.records import MedicalImage
from core.jobs import control
from core.jobs.status import JobStatus, now, write_status
from core.models.build import build_model
from core.runs.checkpoints import save_best
from core.runs.records import ModelCard
from core.runs.store import DEMO_RUN, Run, create_run
from core.training import launch
from core.training.config import parse_config
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics

FILMS = "films"


def train_on_phantoms(run_id: str = DEMO_RUN) -> Run:
    """Train one epoch on the films of two dozen simulated patients; a few seconds."""
    build_phantoms(PhantomConfig(n_patients=24, image_size=32), FILMS)
    config = parse_config({"dataset": FILMS, "image_size": 32, "epochs": 1})
    run = launch.launch(config, run_id=run_id)
    assert control.wait(run.folder, seconds=120) == "completed"
    return run


def make_run_of(
    class_names: tuple[str, ...], run_id: str, *, n_of_each: int = 8, model: str = "small_cnn"
) -> Run:
    """Make a data set of noise and a run on it with random weights; every second image is in val."""
    rng = np.random.default_rng(0)
    labels = [name for name in class_names for _ in range(n_of_each)]
    images = [MedicalImage(rng.integers(0, 256, (20, 20)).astype(np.uint8), (0, 255)) for _ in labels]
    samples = [NewSample(image, label) for image, label in zip(images, labels, strict=True)]
    write_dataset(DatasetDraft(dataset_id=f"{run_id}-data", title="Noise", source="folders"), samples)
    info = open_dataset(f"{run_id}-data").info
    config = parse_config({"dataset": info.dataset_id, "image_size": 16, "model": model})
    run = create_run(config, dataset_revision=info.revision, run_id=run_id)
    write_status(run.folder, JobStatus(kind="train", state="completed", created_at=now(), launched_at=now()))
    sides = ["train" if number % 2 else "val" for number in range(len(labels))]
    split = pd.DataFrame({"sample_id": range(len(labels)), "label": labels, "split": sides})
    split.to_parquet(run.folder / "split.parquet")
    half = (0.5,)
    card = ModelCard(
        run=run_id,
        model=model,
        class_names=info.class_names,
        positive_class=info.positive_class,
        n_channels=1,
        image_size=16,
        preprocessing=default_preprocessing(16, 1),
        statistics=ChannelStatistics(mean=half, std=half, low=(0.0,), high=(1.0,)),
        intended_use="",
        simulated=False,
        dataset=info.dataset_id,
        n_train_images=len(labels) // 2,
        n_train_patients=None,
        best_epoch=1,
    )
    network = build_model(model, n_classes=len(class_names), n_channels=1, image_size=16, seed=0)
    save_best(run.folder, network, card)
    return run
