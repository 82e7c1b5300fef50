"""How much of the time of predicting a split is the network's own, and how much is getting images to it."""

import shutil
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmarks.home import temporary_home
from benchmarks.records import Sample
from benchmarks.turns import in_turns, ratios_of_neighbours
from core.datasets.store import Dataset, DatasetDraft, NewSample, open_dataset, write_dataset
from core.evaluation.answering import CPU, answers_on, batch_size
from core.images.records import MedicalImage
from core.models.build import build_model
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.training.devices import arranged, choose_memory_format, put_on
from core.training.picture_cache import cached_pictures
from core.training.pipeline import Inputs, PreparedData
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics

_CLASSES = ("a", "b")


@dataclass(frozen=True)
class _Task:
    model: str
    image_size: int
    n_images: int
    n_turns: int


_TASKS = (
    _Task("small_cnn", image_size=28, n_images=4000, n_turns=60),
    _Task("small_cnn", image_size=64, n_images=2000, n_turns=25),
    _Task("resnet18", image_size=224, n_images=48, n_turns=6),
)


def over_bare() -> Sample:
    """Images/s of asking about a whole data set over the forward pass alone, the same batches in memory.

    Finding and reading the prepared pictures counts; loading the weights, reading the table of the images and
    writing the answers does not.
    The value is that of the task that does worst: both passes take turns, and each is compared by processor
    time with those just before and after it, for a busy neighbour empties the caches of both.
    """
    with temporary_home():
        found = [_measure(task) for task in _TASKS]
    worst = min(found, key=lambda each: float(np.median(each[0])))
    return Sample(worst[0], "the worst of three, one thread", table=tuple(line for _, line in found))


def _measure(task: _Task) -> tuple[tuple[float, ...], str]:
    loaded, dataset = _network(task), _images(task)
    ids = np.arange(task.n_images)
    began = time.perf_counter()
    answers_on(loaded, dataset, ids)
    first = time.perf_counter() - began
    batches = _batches(loaded, dataset)
    sides = {
        "bare": lambda: _forward(loaded, batches),
        "real": lambda: answers_on(loaded, dataset, ids),
    }
    seconds = in_turns(sides, task.n_turns)
    found = ratios_of_neighbours(seconds["bare"], seconds["real"])
    speed = task.n_images / float(seconds["real"].min())
    line = (
        f"{task.model}, {task.image_size} px, batches of {len(batches[0])}: {np.median(found):.2f} x,"
        f" {speed:.0f} images/s; the first time, nothing prepared, {task.n_images / first:.0f} images/s on"
        " the clock"
    )
    shutil.rmtree(dataset.folder / "cache")
    return found, line


def _images(task: _Task) -> Dataset:
    rng, shape = np.random.default_rng(0), (task.image_size, task.image_size)
    name = f"noise-{task.image_size}"
    samples = (
        NewSample(MedicalImage(rng.integers(0, 256, shape).astype(np.uint8), (0, 255)), _CLASSES[number % 2])
        for number in range(task.n_images)
    )
    write_dataset(DatasetDraft(dataset_id=name, title=name, source="folders"), samples)
    return open_dataset(name)


def _network(task: _Task) -> LoadedModel:
    half, side = (0.5,), task.image_size
    card = ModelCard(
        run="bench",
        model=task.model,
        class_names=_CLASSES,
        positive_class="b",
        n_channels=1,
        image_size=side,
        preprocessing=default_preprocessing(side, 1),
        statistics=ChannelStatistics(mean=half, std=half, low=(0.0,), high=(1.0,)),
        intended_use="",
        simulated=True,
        dataset="noise",
        n_train_images=1,
        n_train_patients=None,
        best_epoch=1,
    )
    network = build_model(task.model, n_classes=2, n_channels=1, image_size=side, seed=0)
    return LoadedModel(network.eval(), card)


def _batches(loaded: LoadedModel, dataset: Dataset) -> list[Tensor]:
    """Return the very inputs that the other side makes, in memory; from here on the pictures are prepared."""
    pixels = torch.from_numpy(cached_pictures(dataset, loaded.preprocessing, lambda fraction: None))
    data = PreparedData(
        pixels, torch.zeros(len(pixels), dtype=torch.int64), {}, loaded.statistics, loaded.preprocessing
    )
    inputs, memory_format = Inputs(data, (), CPU, n_classes=2), choose_memory_format("auto", CPU, "float32")
    put_on(loaded.model, CPU, memory_format)
    rows = torch.split(torch.arange(len(pixels)), batch_size(loaded))
    return [arranged(inputs.evaluation(part)[0], memory_format) for part in rows]


@torch.inference_mode()
def _forward(loaded: LoadedModel, batches: list[Tensor]) -> None:
    for batch in batches:
        loaded.model(batch)
