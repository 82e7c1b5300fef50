"""Lesions with their pictures, and how much each stands out from the ring around it.

A lesion is a connected part of a film's lesion mask.

    k = |mean in the lesion - mean in the ring| x sqrt(area of the lesion) / sd in the ring

Rose (1948, doi:10.1364/JOSA.38.000196) found that a disc in even noise is seen surely from a k of about 5 on.

Covers: contrast, area and noise. Does not cover: an eye or a network, which use shape and place too; ribs in
the ring count as noise; interpolation smooths the noise and makes k larger.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from core.datasets.store import Dataset
from core.errors import StateError
from core.experiments.comparison import patient_groups
from core.images.records import MedicalImage
from core.language import N_
from core.transforms.preprocessing import default_preprocessing, image_part, unit

_SMALLEST: Final = 9  # pixels of a lesion that is worth measuring
_NARROWEST: Final = 3.0  # pixels of the ring's width
_WIDEST: Final = 12.0
_GAP: Final = 1.0  # pixels between a lesion and its ring: the rim is blurred
_FEWEST: Final = 8  # pixels of lesion and of ring that k is measured on
_CORNERS: Final = np.ones((3, 3))  # pixels that touch at a corner belong together


@dataclass(frozen=True, eq=False)
class Lesions:
    """Lesions with their pictures, one row a lesion.

    Attributes
    ----------
    pictures
        Tensor of shape (n, C, H, W), float32 in [0, 1].
    masks, rings
        Tensors of shape (n, 1, H, W), float32, 0 or 1: the lesion, and what it is held against.
    sample_ids, groups
        ndarrays of shape (n,), int64: the film, and the number of its patient.
    n_films
        How many films they are on.
    """

    pictures: Tensor
    masks: Tensor
    rings: Tensor
    sample_ids: NDArray[np.int64]
    groups: NDArray[np.int64]
    n_films: int

    @property
    def rose(self) -> NDArray[np.float64]:
        """Return k of each as it is."""
        return rose_k(self.pictures, self.masks, self.rings, self.masks.sum((1, 2, 3)))


def rose_k(pictures: Tensor, masks: Tensor, rings: Tensor, areas: Tensor) -> NDArray[np.float64]:
    """Return how much lesions stand out from their surroundings.

    Parameters
    ----------
    pictures
        Tensor of shape (n, C, H, W); the mean over the channels is looked at.
    masks, rings
        Tensors of shape (n, 1, H, W) in [0, 1]; a pixel belongs to what it is more than half of.
    areas
        Tensor of shape (n,): of the lesions, in pixels.

    Returns
    -------
    ndarray of shape (n,), float64, >= 0; NaN with fewer than 8 pixels of either.
    """
    grey = pictures.double().mean(dim=1, keepdim=True)  # (n, C, H, W) -> (n, 1, H, W)
    inside, around = masks > 0.5, rings > 0.5
    n_inside, n_around = inside.sum((1, 2, 3)), around.sum((1, 2, 3))
    mean_inside = (grey * inside).sum((1, 2, 3)) / n_inside
    mean_around = (grey * around).sum((1, 2, 3)) / n_around
    spread = (((grey - mean_around[:, None, None, None]) ** 2 * around).sum((1, 2, 3)) / n_around).sqrt()
    contrast = (mean_inside - mean_around).abs()
    k = torch.where(contrast > 0, contrast * areas.sqrt() / spread, 0.0)
    enough = (n_inside >= _FEWEST) & (n_around >= _FEWEST)
    found: NDArray[np.float64] = torch.where(enough, k, torch.nan).numpy()
    return found


def ring_around(lesion: NDArray[np.bool_], all_lesions: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels around a lesion (H, W), as far out as it is wide, without those of other lesions."""
    width = np.clip(np.sqrt(lesion.sum() / np.pi), _NARROWEST, _WIDEST)
    distance = ndimage.distance_transform_edt(~lesion)
    ring: NDArray[np.bool_] = (distance > _GAP) & (distance <= _GAP + width) & ~all_lesions
    return ring


def find_lesions(dataset: Dataset, *, n_films: int, image_size: int, seed: int = 0) -> Lesions:
    """Return the lesions of so many films, drawn by lot from those that have one.

    Parameters
    ----------
    dataset
        A data set with lesion masks.
    n_films
        How many films at most.
    image_size
        Side of the pictures in pixels: the default preprocessing resizes.
    seed
        Decides which films.

    Raises
    ------
    StateError
        None has.
    """
    pipeline = default_preprocessing(image_size, dataset.info.n_channels)
    pictures, masks, rings, sample_ids = [], [], [], []
    for sample_id in np.random.default_rng(seed).permutation(len(dataset.samples)).tolist():
        shown = _shown_mask(dataset.lesion_mask(sample_id), image_size)
        parts = _parts(shown)
        picture = unit(image_part(dataset.image(sample_id), pipeline)) if parts else None
        pictures += [picture] * len(parts)
        masks += parts
        rings += [ring_around(part, shown) for part in parts]
        sample_ids += [sample_id] * len(parts)
        if len(set(sample_ids)) == n_films:
            break
    if not sample_ids:
        raise StateError(N_("No film of '{name}' has a lesion to follow."), name=dataset.info.dataset_id)
    rows = np.array(sample_ids, dtype=np.int64)
    patients = dataset.samples["patient_id"].to_numpy(dtype=object)[rows]
    picture_tensor = torch.from_numpy(np.stack([picture for picture in pictures if picture is not None]))
    mask_tensor, ring_tensor = (
        torch.from_numpy(np.stack(arrays)).float()[:, None] for arrays in (masks, rings)
    )
    groups = patient_groups(patients, len(rows))
    return Lesions(picture_tensor, mask_tensor, ring_tensor, rows, groups, len(set(sample_ids)))


def _shown_mask(mask: NDArray[np.bool_] | None, image_size: int) -> NDArray[np.bool_]:
    """Return a mask as the pipeline shows it, ndarray of shape (image_size, image_size)."""
    if mask is None or not mask.any():
        return np.zeros((image_size, image_size), dtype=bool)
    picture = image_part(MedicalImage(mask.astype(np.uint8), (0, 1)), default_preprocessing(image_size, 1))
    shown: NDArray[np.bool_] = unit(picture)[0] > 0.5
    return shown


def _parts(shown: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return the connected parts that are large enough to be measured."""
    numbers, n = ndimage.label(shown, structure=_CORNERS)
    parts = [numbers == number for number in range(1, n + 1)]
    return [part for part in parts if part.sum() >= _SMALLEST]
