"""The images that a league is played on: those of a split whose findings are known pixel by pixel."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.datasets.records import Part
from core.datasets.store import Dataset, open_dataset
from core.errors import StateError
from core.evaluation.predictions import Predictions
from core.images.records import MedicalImage
from core.language import N_
from core.runs.store import Run
from core.transforms.preprocessing import final_extent

_MOST_TRAINING: Final = 500  # masks whose mean is what is usual


@dataclass(frozen=True, eq=False)
class Cases:
    """Images with masks, and what the network said of them.

    Attributes
    ----------
    dataset
        Theirs.
    sample_ids, patients, targets
        ndarrays of shape (n,): which images, the number of each one's patient, and the class that is
        explained: the positive one where there is one, else the image's own.
    found
        ndarray of shape (n,), bool: whether the network called the image by that class.
    """

    dataset: Dataset
    sample_ids: NDArray[np.int64]
    patients: NDArray[np.int64]
    targets: NDArray[np.int64]
    found: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many images there are."""
        return len(self.sample_ids)

    @property
    def n_patients(self) -> int:
        """How many patients they are of."""
        return len(np.unique(self.patients))

    def films(self) -> Iterator[tuple[MedicalImage, NDArray[np.bool_]]]:
        """Yield each image with its mask, ndarray of shape (H, W)."""
        for number in self.sample_ids:
            yield self.dataset.image(int(number)), _mask(self.dataset, int(number))


def find_cases(run: Run, predictions: Predictions, *, most: int | None = None) -> Cases:
    """Return the images with a mask among those that a run was asked about.

    Parameters
    ----------
    run
        Whose data set the images are of.
    predictions
        What it said of a split.
    most
        With more images, so many of them: evenly spread over the split's order.

    Raises
    ------
    StateError
        None of them has a mask.
    """
    dataset = open_dataset(run.config.dataset)
    marked = np.array(
        [_mask(dataset, int(number)).any() for number in predictions.sample_ids], dtype=np.bool_
    )
    places = np.flatnonzero(marked)
    if not len(places):
        text = N_("None of the images has a mask that says where its finding lies.")
        raise StateError(text)
    if most is not None and len(places) > most:
        places = places[np.linspace(0, len(places) - 1, most).round().astype(np.int64)]
    ids, positive = predictions.sample_ids[places], predictions.positive_index
    targets = predictions.y_true[places] if positive is None else np.full(len(places), positive)
    return Cases(
        dataset=dataset,
        sample_ids=ids,
        patients=_patients(dataset, ids),
        targets=targets.astype(np.int64),
        found=predictions.logits[places].argmax(axis=1) == targets,
    )


def usual_place(run: Run, shape: tuple[int, int], *, split: Part = "train") -> NDArray[np.float32]:
    """Return how often each place of the network's input is marked on the images it learned from.

    Parameters
    ----------
    run
        The run.
    shape
        (H, W) of the network's input.
    split
        Whose masks.

    Returns
    -------
    ndarray of shape (H, W), float32, in [0, 1]; zeros where no image of the split has a mask.
    """
    dataset, table = open_dataset(run.config.dataset), run.split()
    total, n = np.zeros(shape, dtype=np.float64), 0
    for number in table.loc[table["split"] == split, "sample_id"]:
        mask = _mask(dataset, int(number))
        if n < _MOST_TRAINING and mask.any():
            extent = final_extent(dataset.image(int(number)), run.card.preprocessing)
            height, width = mask.shape
            box = (extent.left * width, extent.top * height, extent.right * width, extent.bottom * height)
            picture = Image.fromarray(mask.astype(np.float32))
            size = (shape[1], shape[0])
            seen = picture.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
            total, n = total + np.asarray(seen), n + 1
    usual: NDArray[np.float32] = (total / max(1, n)).astype(np.float32)
    return usual


def _mask(dataset: Dataset, number: int) -> NDArray[np.bool_]:
    mask = dataset.lesion_mask(number)
    return np.zeros((1, 1), dtype=np.bool_) if mask is None else mask


def _patients(dataset: Dataset, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the patients; an image whose patient is not known stands alone."""
    names = dataset.samples["patient_id"].iloc[ids].reset_index(drop=True)
    alone = pd.Series([f"image {number}" for number in ids], dtype=object)
    named = "patient " + names.astype(object).astype(str)
    return pd.factorize(named.where(names.notna(), alone))[0].astype(np.int64)
