"""From a data set to batches: pictures decoded once, random work done for each batch on the device.

The pictures come from core/training/picture_cache.py. Statistics are fitted on the training split alone.
Order and augmentation are drawn from generators seeded by (seed, epoch, batch), so that a resumed run sees
what an unbroken one would have seen.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.records import SPLIT_NAMES
from core.datasets.store import Dataset
from core.training.balance import epoch_rows, n_of_epoch
from core.training.config import TrainingConfig
from core.training.config.batches import n_batches
from core.training.picture_cache import cached_pictures
from core.training.resident import brought, fits, packed, unpacked
from core.transforms.augmentation.batch import augment_batch
from core.transforms.preprocessing import (
    channel_statistics,
    fit_statistics,
    rescales,
    unit,
    uses_own_statistics,
)
from core.transforms.records import AugmentationStep, ChannelStatistics, Preprocessing

_FIRST_FOR_STATISTICS = 4096  # images that the statistics are fitted on, at most
_AHEAD_BYTES, _MOST_AHEAD = 1 << 21, 16  # of inputs: as much as a core's own cache holds
_CHOOSING = -1  # the number of the generator that chooses an epoch's images


@dataclass(frozen=True, eq=False)
class PreparedData:
    """Everything that training reads.

    Attributes
    ----------
    pixels
        Tensor of shape (n, C, H, W), uint16, on the CPU or mapped from disk; on a GPU as
        core.training.resident packs them.
    labels
        Tensor of shape (n,), int64.
    rows
        For "train", "val" and "test": which of the n images belong to it.
    statistics
        Of the training images.
    """

    pixels: Tensor
    labels: Tensor
    rows: dict[str, Tensor]
    statistics: ChannelStatistics
    preprocessing: Preprocessing

    def on(self, device: torch.device) -> "PreparedData":
        """Return the data with its pixels on a GPU if they take up at most half of what is free there."""
        if device.type == "cpu":
            return self
        small = packed(self.pixels)
        if not fits(small.nbytes, device):
            return self
        pixels, labels = small.to(device), self.labels.to(device)
        rows = {name: index.to(device) for name, index in self.rows.items()}
        return PreparedData(pixels, labels, rows, self.statistics, self.preprocessing)


def prepare(
    dataset: Dataset,
    split: pd.DataFrame,
    preprocessing: Preprocessing,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
) -> PreparedData:
    """Decode what is not cached yet, fit the statistics, and line everything up with the split.

    Parameters
    ----------
    dataset
        The data set.
    split
        sample_id, label and split of the images to use.
    progress
        Called with the fraction that is decoded; what it raises ends the work and leaves no half-written
        cache.
    """
    sample_ids = dataset.samples["sample_id"].to_numpy()
    cached = cached_pictures(dataset, preprocessing, progress)
    row_of = pd.Series(np.arange(len(sample_ids)), index=sample_ids)
    place = row_of.loc[split["sample_id"]].to_numpy(copy=True)  # torch warns about memory it may not write
    codes = {name: code for code, name in enumerate(dataset.info.class_names)}
    labels = torch.full((len(sample_ids),), -1, dtype=torch.int64)
    labels[torch.from_numpy(place)] = torch.tensor([codes[label] for label in split["label"]])
    rows: dict[str, Tensor] = {
        name: torch.from_numpy(place[(split["split"] == name).to_numpy()]) for name in SPLIT_NAMES
    }
    seen = np.sort(rows["train"].numpy())[:_FIRST_FOR_STATISTICS]
    statistics = fit_statistics((unit(cached[row]) for row in seen), preprocessing)
    return PreparedData(torch.from_numpy(cached), labels, rows, statistics, preprocessing)


def epoch_batches(data: PreparedData, config: TrainingConfig, *, epoch: int) -> tuple[Tensor, ...]:
    """Return the batches of one epoch (epochs count from 1): rows of the data, as the loop takes them."""
    rows = data.rows["train"]
    return divided(rows, data.labels[rows], config, epoch=epoch)


def divided(rows: Tensor, labels: Tensor, config: TrainingConfig, *, epoch: int) -> tuple[Tensor, ...]:
    """Return the batches of one epoch, from the rows of the training images and their classes, both (n,)."""
    if config.balance in ("over-sampling", "under-sampling"):
        draws = generator(config.seed, epoch, _CHOOSING)
        rows = rows[epoch_rows(labels.cpu(), config.balance, draws).to(rows.device)]
    return shuffled(rows, seed=config.seed, epoch=epoch, batch_size=config.batch_size)


def batches_an_epoch(data: PreparedData, config: TrainingConfig) -> int:
    """Return how many batches each epoch has."""
    return n_batches(n_of_epoch(data.labels[data.rows["train"]].cpu(), config.balance), config.batch_size)


def shuffled(rows: Tensor, *, seed: int, epoch: int, batch_size: int) -> tuple[Tensor, ...]:
    """Return the training rows of one epoch in random order, divided into batches of nearly equal size."""
    order = torch.randperm(len(rows), generator=generator(seed, epoch, 0)).to(rows.device)
    return torch.tensor_split(rows[order], n_batches(len(rows), batch_size))


def generator(seed: int, epoch: int, batch: int) -> torch.Generator:
    """Return a CPU generator that depends on nothing but these three numbers.

    Batches count from 1; 0 is the shuffling, -1 the choice of the images that an epoch shows.
    """
    digest = hashlib.sha256(f"{seed}/{epoch}/{batch}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def made_ahead(
    make: Callable[[Tensor, torch.Generator], tuple[Tensor, Tensor]],
    batches: Sequence[Tensor],
    config: TrainingConfig,
    *,
    epoch: int,
    first: int = 1,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the inputs and targets of an epoch's batches, from batch `first` on (they count from 1).

    Small ones are made some at a time before the first of them is used: between two steps of a network the
    processor's caches have forgotten how inputs are made, and 28 x 28 pixels then take three times as long.
    What is drawn is the same, for each batch has a generator of its own.

    Parameters
    ----------
    make
        Turns rows into inputs, as `Inputs.training` does.
    """
    number, n_ahead = first, 1
    while number <= len(batches):
        numbers = range(number, min(number + n_ahead, len(batches) + 1))
        made = [make(batches[one - 1], generator(config.seed, epoch, one)) for one in numbers]
        n_ahead = max(1, min(_MOST_AHEAD, _AHEAD_BYTES // max(1, made[0][0].nbytes)))
        number += len(made)
        made.reverse()
        while made:
            yield made.pop()


class Inputs:
    """Turn rows of the prepared data into what the network gets, on the device.

    `n_classes` is how many columns mixed targets have; by default one more than the highest label.
    """

    def __init__(
        self,
        data: PreparedData,
        augmentations: tuple[AugmentationStep, ...],
        device: torch.device,
        *,
        n_classes: int | None = None,
    ) -> None:
        self._data, self._augmentations, self._device = data, augmentations, device
        self._n_classes = int(data.labels.max()) + 1 if n_classes is None else n_classes
        fixed = rescales(data.preprocessing, data.statistics, data.statistics)
        self._per_image = uses_own_statistics(data.preprocessing)
        self._fixed = [(_column(step.scale, device), _column(step.offset, device)) for step in fixed]

    def training(self, rows: Tensor, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return augmented inputs (B, C, H, W) float32 and what the loss compares the answers with.

        That is the labels (B,) int64, or (B, n_classes) float32 where the augmentations mix images.
        """
        images, labels = self._pictures(rows)
        changed = augment_batch(images, self._augmentations, draws, labels=labels, n_classes=self._n_classes)
        return self._rescale(changed.images), labels if changed.targets is None else changed.targets

    def evaluation(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs as they are, (B, C, H, W) float32, and labels (B,)."""
        images, labels = self._pictures(rows)
        return self._rescale(images), labels

    def _pictures(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        pixels = brought(self._data.pixels.index_select(0, rows), self._device)
        return unpacked(pixels), brought(self._data.labels.index_select(0, rows), self._device)

    def _rescale(self, images: Tensor) -> Tensor:
        """Rescale images that nobody else holds."""
        if self._per_image:
            return torch.stack([self._rescale_by_itself(image) for image in images])
        for scale, offset in self._fixed:
            images = images.mul_(scale).add_(offset)
        return images

    def _rescale_by_itself(self, image: Tensor) -> Tensor:
        own = channel_statistics(image.cpu().numpy())
        for step in rescales(self._data.preprocessing, self._data.statistics, own):
            image = image * _column(step.scale, self._device) + _column(step.offset, self._device)
        return image


def _column(values: NDArray[np.float32], device: torch.device) -> Tensor:
    return torch.from_numpy(values).to(device)[:, None, None]  # (C,) -> (C, 1, 1)
