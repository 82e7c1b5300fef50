"""How much of the training time is learning, and how much is waiting for images.

The bare step is the engine's own, on tensors that are in memory already; the real one makes its inputs from
16-bit pixels, augments and rescales them. The two take turns, one step each, on one thread, and what counts
is the processor time of each: a busy neighbour stretches the clock, not the work. Medians are compared.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from benchmarks.records import Sample
from benchmarks.turns import in_turns, ratios
from core.training.config import TrainingConfig
from core.training.engine import Engine, build_engine
from core.training.pipeline import Inputs, PreparedData, generator
from core.transforms.preprocessing import channel_statistics, default_preprocessing, unit
from core.transforms.records import AugmentationStep

AUGMENTATIONS = tuple(
    AugmentationStep(name=name) for name in ("flip_horizontal", "rotate", "crop", "brightness", "contrast")
)
_CPU = torch.device("cpu")
_N_IMAGES = 512


@dataclass(frozen=True)
class _Task:
    model: str
    image_size: int
    batch_size: int
    n_turns: int


SMALL = _Task("small_cnn", image_size=28, batch_size=32, n_turns=300)
RESNET = _Task("resnet18", image_size=224, batch_size=8, n_turns=20)
_WORKER_TURNS, _WORKER_STEPS = 5, 40  # long turns: a loader's process works ahead while others have theirs


def small_network() -> Sample:
    """Images/s of the real step over the bare one: small CNN, 28 px."""
    return _over_bare(SMALL)


def resnet() -> Sample:
    """Images/s of the real step over the bare one: ResNet-18, 224 px."""
    return _over_bare(RESNET)


def against_pil() -> Sample:
    """Images/s of the real step over a training loop fed by PIL and a DataLoader: small CNN, 28 px."""
    data, engine = _prepare(SMALL)
    ours = _real(data, SMALL)
    theirs = _forever(_loader(data, SMALL.batch_size, workers=0))
    sides = {"ours": lambda: _step(engine, ours), "pil": lambda: _step(engine, theirs)}
    seconds = in_turns(sides, SMALL.n_turns)
    ahead = _forever(_loader(data, SMALL.batch_size, workers=1))  # its work shows on the clock alone
    long_sides = {"ours": lambda: _steps(engine, ours), "worker": lambda: _steps(engine, ahead)}
    with_worker = in_turns(long_sides, _WORKER_TURNS, clock=time.perf_counter)
    ratio = float(np.median(with_worker["worker"]) / np.median(with_worker["ours"]))
    note = f"the DataLoader's default, no worker; with one worker process on a core of its own {ratio:.2f} x"
    return Sample(ratios(seconds["pil"], seconds["ours"]), note)


def _over_bare(task: _Task) -> Sample:
    data, engine = _prepare(task)
    real = _real(data, task)
    bare = cycle([next(real) for _ in range(4)])
    sides = {"real": lambda: _step(engine, real), "bare": lambda: _step(engine, bare)}
    seconds = in_turns(sides, task.n_turns)
    speed = task.batch_size / float(np.median(seconds["real"]))
    note = f"{speed:.0f} images/s, batches of {task.batch_size}, one thread"
    return Sample(ratios(seconds["bare"], seconds["real"]), note)


def _prepare(task: _Task) -> tuple[PreparedData, Engine]:
    torch.set_num_threads(1)
    shape = (_N_IMAGES, 1, task.image_size, task.image_size)
    pixels = np.random.default_rng(0).integers(0, 65536, shape, dtype=np.uint16)
    rows = torch.arange(_N_IMAGES)
    data = PreparedData(
        pixels=torch.from_numpy(pixels),
        labels=rows % 2,
        rows={"train": rows, "val": rows[:0], "test": rows[:0]},
        statistics=channel_statistics(unit(pixels).transpose(1, 0, 2, 3)),
        preprocessing=default_preprocessing(task.image_size, 1),
    )
    config = TrainingConfig(dataset="random", model=task.model, image_size=task.image_size, device="cpu")
    return data, build_engine(config, n_classes=2, n_channels=1, n_batches=5_000)


def _real(data: PreparedData, task: _Task) -> Iterator[tuple[Tensor, Tensor]]:
    """Make inputs for ever as the training loop does: rows -> pixels -> augmented and rescaled batch."""
    inputs = Inputs(data, AUGMENTATIONS, _CPU)
    for number, rows in enumerate(cycle(torch.split(data.rows["train"], task.batch_size)), start=1):
        yield inputs.training(rows, generator(0, 1, number))


def _step(engine: Engine, feed: Iterator[tuple[Tensor, Tensor]]) -> None:
    images, labels = next(feed)
    engine.step(images, labels)


def _steps(engine: Engine, feed: Iterator[tuple[Tensor, Tensor]]) -> None:
    for _ in range(_WORKER_STEPS):
        _step(engine, feed)


class _Pictures(TorchDataset[tuple[Tensor, int]]):
    """What tutorials write: a PIL image, a chain of random transforms, one image at a time.

    The images are decoded already, which is kinder to this pipeline than opening files.
    """

    def __init__(self, data: PreparedData) -> None:
        self._images = [
            Image.fromarray((picture[0] >> 8).astype(np.uint8)) for picture in data.pixels.numpy()
        ]
        size = self._images[0].width
        self._transform = v2.Compose(
            [
                v2.RandomHorizontalFlip(),
                v2.RandomRotation(10, interpolation=v2.InterpolationMode.BILINEAR),
                v2.RandomResizedCrop(size, scale=(0.7, 1.0), ratio=(1.0, 1.0)),
                v2.ColorJitter(brightness=0.1, contrast=0.2),
                v2.PILToTensor(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(data.statistics.mean, data.statistics.std),
            ]
        )

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._transform(self._images[index]), index % 2


def _loader(data: PreparedData, batch_size: int, *, workers: int) -> DataLoader[tuple[Tensor, int]]:
    return DataLoader(
        _Pictures(data), batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )


def _forever(loader: DataLoader[tuple[Tensor, int]]) -> Iterator[tuple[Tensor, Tensor]]:
    while True:
        yield from loader
