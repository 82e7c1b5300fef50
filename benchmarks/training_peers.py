"""The same training as others write it: a DataLoader of PIL images, Lightning's Trainer, fastai's Learner.

The same pictures, network, batch size, optimizer and kinds of augmentation, one thread, no worker process,
all of their logging and checkpoints off. The pictures are decoded already, which is kinder than opening
files.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from torchvision.transforms import v2

from benchmarks.records import Skipped
from benchmarks.training_task import N_CLASSES, Task
from core.models.build import build_model
from core.training.pipeline import PreparedData

Work = Callable[[], object]  # a turn
Clock = Callable[[], float]


class Pictures(TorchDataset[tuple[Tensor, int]]):
    """What tutorials write: a PIL image, a chain of random transforms, one image at a time."""

    def __init__(self, data: PreparedData) -> None:
        self._images = pil_images(data)
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
        return self._transform(self._images[index]), index % N_CLASSES


def pil_images(data: PreparedData) -> list[Image.Image]:
    """Return the pictures with 8 bits, as others read them from files."""
    return [Image.fromarray((picture[0] >> 8).astype(np.uint8)) for picture in data.pixels.numpy()]


def loader(data: PreparedData, task: Task, *, workers: int = 0) -> DataLoader[tuple[Tensor, int]]:
    """Return a DataLoader over them."""
    return DataLoader(
        Pictures(data), task.batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )


def plain_loop(data: PreparedData, task: Task, *, workers: int = 0) -> Work:
    """Return a turn of the loop that tutorials print, with its `loss.item()`."""
    model = network(task)
    optimizer = torch.optim.AdamW(model.parameters(), lr=task.config.learning_rate)
    batches = _forever(loader(data, task, workers=workers))

    def work() -> None:
        model.train()
        for _ in range(task.n_steps):
            inputs, labels = next(batches)
            optimizer.zero_grad()
            loss = cross_entropy(model(inputs), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            loss.item()

    return work


def lightning_trainer(data: PreparedData, task: Task, clock: Clock) -> Callable[[], float]:
    """Return a turn of Lightning's Trainer that tells the seconds from its first batch to its last."""
    with _quiet():
        try:
            import lightning
        except ModuleNotFoundError as error:
            raise Skipped("lightning is not installed; see requirements-bench.txt") from error

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = network(task)

        def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
            inputs, labels = batch
            loss = cross_entropy(self.model(inputs), labels)
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.AdamW(self.parameters(), lr=task.config.learning_rate)

    class Timer(lightning.Callback):  # type: ignore[misc]
        def on_train_epoch_start(self, *_: Any) -> None:
            self.began = clock()

        def on_train_epoch_end(self, *_: Any) -> None:
            self.seconds = clock() - self.began

    module, timer, batches = Module(), Timer(), loader(data, task)

    def work() -> float:
        with _quiet():
            trainer = lightning.Trainer(
                max_epochs=1,
                limit_train_batches=task.n_steps,
                accelerator="cpu",
                devices=1,
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                callbacks=[timer],
            )
            trainer.fit(module, batches)
        return float(timer.seconds)

    return work


def fastai_learner(data: PreparedData, task: Task, clock: Clock) -> Callable[[], float]:
    """Return a turn of fastai's Learner, with its augmentations of whole batches, that tells its seconds."""
    with _quiet():
        try:
            from fastai.vision import all as fastai
        except ModuleNotFoundError as error:
            raise Skipped("fastai is not installed; see requirements-bench.txt") from error
    images = pil_images(data)
    block = fastai.DataBlock(
        blocks=(fastai.ImageBlock(fastai.PILImageBW), fastai.CategoryBlock),
        get_items=lambda _source: list(range(task.n_steps * task.batch_size)),
        get_x=lambda index: fastai.PILImageBW(images[index % len(images)]),
        get_y=lambda index: index % N_CLASSES,
        splitter=lambda items: (list(range(len(items))), []),
        batch_tfms=[
            *fastai.aug_transforms(
                size=task.image_size, max_rotate=10, min_zoom=1, max_zoom=1.2, max_lighting=0.2, max_warp=0
            ),
            fastai.Normalize.from_stats(data.statistics.mean, data.statistics.std, cuda=False),
        ],
    )

    class Timer(fastai.Callback):  # type: ignore[misc]
        def before_train(self) -> None:
            self.began = clock()

        def after_train(self) -> None:
            self.seconds = clock() - self.began

    with _quiet():
        loaders = block.dataloaders(None, bs=task.batch_size, num_workers=0, device=torch.device("cpu"))
        timer = Timer()
        learner = fastai.Learner(
            loaders, network(task), loss_func=fastai.CrossEntropyLossFlat(), cbs=[timer], train_bn=True
        )

    def work() -> float:
        with _quiet(), learner.no_bar(), learner.no_logging():
            learner.fit(1, lr=task.config.learning_rate)
        return float(timer.seconds)

    return work


def network(task: Task) -> nn.Module:
    """Return the task's network, built as the engine builds it and laid out as torch lays it out."""
    return build_model(task.model, n_classes=N_CLASSES, n_channels=1, image_size=task.image_size)


def _forever(batches: DataLoader[tuple[Tensor, int]]) -> Iterator[tuple[Tensor, Tensor]]:
    while True:
        yield from batches


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what the peers say about themselves and about one another."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
