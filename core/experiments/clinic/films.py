"""The simulated films of the clinic as pixels and numbers, and the parts their patients are dealt into."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.phantom_set import NAME
from core.datasets.splits import divide
from core.datasets.store import open_dataset
from core.training.picture_cache import cached_pictures
from core.training.pipeline import PreparedData
from core.transforms.preprocessing import default_preprocessing, fit_statistics, unit
from core.transforms.records import ChannelStatistics

SIZE: Final = 64
PREPROCESSING: Final = default_preprocessing(SIZE, 1)


@dataclass(frozen=True, eq=False)
class Films:
    """Films after the image part of the preprocessing.

    Attributes
    ----------
    pixels
        ndarray of shape (n, C, H, W), uint16.
    labels
        ndarray of shape (n,), int64: 1 is a finding.
    patients
        ndarray of shape (n,), int64: whose each is.
    """

    pixels: NDArray[np.uint16]
    labels: NDArray[np.int64]
    patients: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64], labels: NDArray[np.int64] | None = None) -> "Films":
        """Return some of the films, with other labels if they are given."""
        found = Films(self.pixels[rows], self.labels[rows], self.patients[rows])
        return found if labels is None else replace(found, labels=labels)

    def parts(self, *shares: float, seed: int) -> list[NDArray[np.int64]]:
        """Deal the patients out, stratified by label; return the rows of each part."""
        sides = divide(self.labels, self.patients, shares, seed=seed)
        return [np.flatnonzero(sides == side) for side in range(len(shares))]

    def statistics(self, rows: NDArray[np.int64]) -> ChannelStatistics:
        """Return mean and standard deviation of the pixels of some films, in [0, 1]."""
        return fit_statistics((unit(self.pixels[row]) for row in rows), PREPROCESSING)

    def prepared(
        self,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        statistics: ChannelStatistics | None = None,
    ) -> PreparedData:
        """Return what a training reads: statistics of the training films, if no others are given."""
        rows = {"train": torch.from_numpy(train), "test": torch.from_numpy(test)}
        return PreparedData(
            pixels=torch.from_numpy(self.pixels),
            labels=torch.from_numpy(self.labels),
            rows=rows | {"val": torch.zeros(0, dtype=torch.int64)},
            statistics=statistics or self.statistics(train),
            preprocessing=PREPROCESSING,
        )


def shipped_films(check_stop: Callable[[], None]) -> Films:
    """Return the films that ship with Lightbox."""
    dataset = open_dataset(NAME)
    pixels = cached_pictures(dataset, PREPROCESSING, lambda fraction: check_stop())
    labels = np.array(dataset.samples["label"] == dataset.info.positive_class, dtype=np.int64)
    patients = np.unique(dataset.samples["patient_id"].to_numpy(str), return_inverse=True)[1]
    return Films(np.array(pixels), labels, patients.astype(np.int64))


def lesion_sides() -> NDArray[np.int64]:
    """Return on which half of the picture each shipped film's finding lies: 0 left, 1 right, -1 none."""
    dataset = open_dataset(NAME)
    sides = np.full(len(dataset.samples), -1, dtype=np.int64)
    for row in range(len(sides)):
        mask = dataset.lesion_mask(row)
        if mask is not None and mask.any():
            sides[row] = int(np.nonzero(mask)[1].mean() >= mask.shape[1] / 2)
    return sides
