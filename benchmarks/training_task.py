"""What the training rows train: pictures of noise, a network, augmentations; our step and the bare one.

Sides take turns of some steps each on one thread, and what counts is the processor time of each: a busy
neighbour stretches the clock, not the work.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle

import numpy as np
import torch
from torch import Tensor

from core.training.config import TrainingConfig
from core.training.engine import Engine, build_engine
from core.training.pipeline import Inputs, PreparedData, epoch_batches, made_ahead
from core.transforms.preprocessing import channel_statistics, default_preprocessing, unit
from core.transforms.records import AugmentationStep

AUGMENTATIONS = tuple(
    AugmentationStep(name=name) for name in ("flip_horizontal", "rotate", "crop", "brightness", "contrast")
)
N_CLASSES = 2
Feed = Iterator[tuple[Tensor, Tensor]]  # inputs and targets, for ever


@dataclass(frozen=True)
class Task:
    """What is trained, and how it is measured: so many turns of so many steps."""

    model: str
    image_size: int
    batch_size: int
    n_images: int
    n_turns: int
    n_steps: int
    device: str = "cpu"
    precision: str = "auto"

    @property
    def config(self) -> TrainingConfig:
        """The run's config, by hand in no other field."""
        return TrainingConfig(
            dataset="random",
            model=self.model,
            image_size=self.image_size,
            batch_size=self.batch_size,
            device=self.device,
            precision=self.precision,
            augmentations=AUGMENTATIONS,
        )


SMALL = Task("small_cnn", image_size=28, batch_size=32, n_images=512, n_turns=40, n_steps=16)
RESNET = Task("resnet18", image_size=224, batch_size=8, n_images=128, n_turns=10, n_steps=2)


def random_data(task: Task) -> PreparedData:
    """Return pictures of noise, half of them of each class, all of them to train on."""
    shape = (task.n_images, 1, task.image_size, task.image_size)
    pixels = np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)
    rows = torch.arange(task.n_images)
    return PreparedData(
        pixels=torch.from_numpy(pixels),
        labels=rows % N_CLASSES,
        rows={"train": rows, "val": rows[:0], "test": rows[:0]},
        statistics=channel_statistics(unit(pixels).transpose(1, 0, 2, 3)),
        preprocessing=default_preprocessing(task.image_size, 1),
    )


def engine_of(task: Task) -> Engine:
    """Return the engine that trains the task's network, as a run builds it."""
    torch.set_num_threads(1)
    n_batches = task.n_images // task.batch_size
    engine = build_engine(task.config, n_classes=N_CLASSES, n_channels=1, n_batches=n_batches)
    engine.begin_epoch(1)
    return engine


def real_feed(data: PreparedData, task: Task, device: torch.device) -> Feed:
    """Make inputs for ever as a run does: rows -> pixels -> augmented and rescaled batch."""
    data = data.on(device)
    inputs = Inputs(data, AUGMENTATIONS, device)
    for epoch in count(1):
        batches = epoch_batches(data, task.config, epoch=epoch)
        yield from made_ahead(inputs.training, batches, task.config, epoch=epoch)


def bare_feed(feed: Feed) -> Feed:
    """Return the first four batches of another feed, over and over: tensors that are in memory already."""
    return cycle([next(feed) for _ in range(4)])


def steps(engine: Engine, feed: Feed, n: int) -> Callable[[], None]:
    """Return what makes `n` of the engine's steps."""

    def work() -> None:
        for _ in range(n):
            engine.step(*next(feed))

    return work
