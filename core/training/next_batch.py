"""The next batch of a training as the network will see it, made by the code that the training runs."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.splits import make_split
from core.datasets.store import Dataset
from core.errors import InvalidValueError
from core.language import N_
from core.training.config import TrainingConfig, resolved_preprocessing
from core.training.pipeline import Inputs, PreparedData, epoch_batches, generator, prepare


@dataclass(frozen=True, eq=False)
class NextBatch:
    """What one step of a training gets.

    Attributes
    ----------
    inputs
        ndarray of shape (B, C, H, W), float32: augmented and rescaled.
    sample_ids
        ndarray of shape (B,), int64: whose pictures they are; of a mixed one, the picture that it began as.
    labels
        ndarray of shape (B,), int64: the class of each picture before any mixing.
    targets
        What the loss compares with: the labels, or, where pictures are mixed, an ndarray of shape
        (B, n_classes), float32, whose rows add up to 1.
    n_batches
        How many batches the epoch has.
    """

    inputs: NDArray[np.float32]
    sample_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    targets: NDArray[np.int64] | NDArray[np.float32]
    n_batches: int


def prepared(dataset: Dataset, config: TrainingConfig) -> PreparedData:
    """Return what `next_batch` reads: the config's split and preprocessing decide, and nothing else of it."""
    split = make_split(dataset.samples, config.split)
    return prepare(dataset, split, resolved_preprocessing(config, dataset.info.n_channels))


def next_batch(
    dataset: Dataset, config: TrainingConfig, *, epoch: int, batch: int, data: PreparedData | None = None
) -> NextBatch:
    """Return what the network will get at one step of a training, to the bit on the same device.

    Parameters
    ----------
    dataset
        The data set that the config names.
    config
        Its split, preprocessing, augmentations, batch size, balance and seed decide.
    epoch, batch
        Both count from 1.
    data
        What `prepared` returned for this config, where it is kept; it is made if left out.

    Raises
    ------
    InvalidValueError
        The epoch has no such batch.
    """
    data = data or prepared(dataset, config)
    batches = epoch_batches(data, config, epoch=epoch)
    if not 1 <= batch <= len(batches):
        text = N_("There is no batch {batch}: an epoch has {n}. Choose batch 1 to {n}.")
        raise InvalidValueError(text, batch=batch, n=len(batches))
    rows = batches[batch - 1]
    n_classes = len(dataset.info.class_names)
    source = Inputs(data, config.augmentations, torch.device("cpu"), n_classes=n_classes)
    inputs, targets = source.training(rows, generator(config.seed, epoch, batch))
    return NextBatch(
        inputs=inputs.numpy(),
        sample_ids=dataset.samples["sample_id"].to_numpy(np.int64)[rows.numpy()],
        labels=data.labels[rows].numpy(),
        targets=targets.numpy(),
        n_batches=len(batches),
    )
