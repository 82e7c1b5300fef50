"""The loss of a network on a batch of its real training images, along two random directions.

Covers: the network in eval mode, on images as they are, without augmentation. Does not cover: the noise of
small batches, dropout and augmentation that training itself walks through.
"""

from typing import Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.datasets.dataset import Dataset
from core.datasets.records import SplitConfig
from core.datasets.splits import make_split
from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.surface_records import MeasuredSurface, SurfaceRequest
from core.jobs.worker import Job
from core.language import N_, Message
from core.models.build import build_model
from core.models.landscape.directions import filter_normalised, losses_on_grid
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.exclusive import exclusive
from core.runs.records import ModelCard
from core.runs.store import Run, open_run
from core.transforms.preprocessing import default_preprocessing, fit_statistics, image_part, to_input, unit

UNTRAINED_MODEL: Final = "small_cnn"
UNTRAINED_SIZE: Final = 64
_N_FOR_STATISTICS: Final = 64
_SEED: Final = 0
_WORDS: Final = Message(text=N_("The loss is measured"))


def measure_surface(request: SurfaceRequest, job: Job) -> MeasuredSurface:
    """Measure the loss over a square grid of two filter-normalised directions (arXiv:1712.09913).

    Raises
    ------
    StateError
        The data set has changed since it was asked for, or holds no training image of the network's classes.
    """
    dataset = open_dataset(request.dataset)
    if dataset.info.revision != request.dataset_revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=request.dataset)
    run = open_run(request.run) if request.run else None
    loaded = load_model(run) if run else untrained(dataset)
    batch = training_batch(loaded, run, dataset, n_images=request.n_images)
    places = np.linspace(-1, 1, request.n_places)

    def progress(fraction: float) -> None:
        job.check_stop()
        job.report(fraction, _WORDS)

    with exclusive(loaded.model) as model:
        one, other = (filter_normalised(model, seed=2 * request.seed + number) for number in (1, 2))
        losses = losses_on_grid(model, batch, (one, other), places=places, progress=progress)
    if not np.isfinite(losses).all():
        raise StateError(N_("The loss of this network is no number along these directions."))
    return MeasuredSurface(
        places=places.tolist(),
        losses=losses.tolist(),
        n_images=len(batch[1]),
        n_moved=sum(way.numel() for way in one.values()),
        n_weights=sum(weights.numel() for weights in loaded.model.parameters()),
    )


def untrained(dataset: Dataset) -> LoadedModel:
    """Return a small network that has learned nothing, ready for the images of a data set."""
    info = dataset.info
    preprocessing = default_preprocessing(UNTRAINED_SIZE, info.n_channels)
    ids = training_ids(make_split(dataset.samples, SplitConfig()), info.class_names, n=_N_FOR_STATISTICS)
    pictures = (unit(image_part(dataset.image(number), preprocessing)) for number in ids["sample_id"])
    card = ModelCard(
        run="",
        model=UNTRAINED_MODEL,
        class_names=info.class_names,
        positive_class=info.positive_class,
        n_channels=info.n_channels,
        preprocessing=preprocessing,
        statistics=fit_statistics(pictures, preprocessing),
        intended_use="",
        simulated=info.simulated,
        dataset=info.dataset_id,
        n_train_images=0,
        n_train_patients=None,
        best_epoch=0,
    )
    model = build_model(UNTRAINED_MODEL, n_classes=len(info.class_names), n_channels=info.n_channels)
    return LoadedModel(model.eval(), card)


def training_ids(split: pd.DataFrame, class_names: tuple[str, ...], *, n: int) -> pd.DataFrame:
    """Return sample_id and label of at most `n` training images of these classes, drawn once and for all."""
    rows = split[(split["split"] == "train") & split["label"].isin(class_names)]
    if rows.empty:
        raise StateError(N_("The data set has no training image of a class that this network knows."))
    rows = rows.sort_values("sample_id")
    draws = np.random.default_rng(_SEED)
    return rows.iloc[np.sort(draws.choice(len(rows), min(n, len(rows)), replace=False))]


def training_batch(
    loaded: LoadedModel, run: Run | None, dataset: Dataset, *, n_images: int
) -> tuple[Tensor, Tensor]:
    """Return inputs (B, C, H, W) and labels (B,): a fixed batch of the images that the network trains on.

    Raises
    ------
    StateError
        None of the run's training images is in the data set any more.
    """
    split = run.split() if run else make_split(dataset.samples, SplitConfig())
    known = split[split["sample_id"].isin(dataset.samples["sample_id"])]
    rows = training_ids(known, loaded.class_names, n=n_images)
    inputs = [
        to_input(dataset.image(int(number)), loaded.preprocessing, loaded.statistics)
        for number in rows["sample_id"]
    ]
    codes = {name: code for code, name in enumerate(loaded.class_names)}
    labels = torch.tensor([codes[label] for label in rows["label"]])
    return torch.from_numpy(np.stack(inputs)), labels
