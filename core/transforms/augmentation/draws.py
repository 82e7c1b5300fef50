"""One image drawn many times from its augmentations, to be looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.images.drawing import as_rgb
from core.images.records import MedicalImage
from core.transforms.augmentation.batch import augment
from core.transforms.preprocessing import default_preprocessing, image_part, unit
from core.transforms.records import AugmentationStep


@dataclass(frozen=True, eq=False)
class Draws:
    """An image and what was drawn from it.

    Attributes
    ----------
    original
        ndarray of shape (H, W, 3), uint8.
    drawn
        ndarray of shape (n, H, W, 3), uint8.
    n_different
        How many of the n are different from each other.
    """

    original: NDArray[np.uint8]
    drawn: NDArray[np.uint8]
    n_different: int


def draw_examples(
    image: MedicalImage, steps: Sequence[AugmentationStep], *, n: int, seed: int, size: int
) -> Draws:
    """Draw an image `n` times, as the training would.

    Parameters
    ----------
    image
        Any image; its own window and a square of `size` pixels are used.
    steps
        What may be done.
    n
        How many.
    seed
        The same seed, the same draws.
    size
        Side of the pictures in pixels.
    """
    n_channels = 3 if image.is_colour else 1
    pixels = unit(image_part(image, default_preprocessing(size, n_channels)))  # (C, H, W)
    batch = torch.from_numpy(pixels).repeat(n, 1, 1, 1)  # (n, C, H, W)
    drawn = augment(batch, steps, torch.Generator().manual_seed(seed)).numpy()
    pictures = np.stack([_picture(one) for one in drawn])
    return Draws(_picture(pixels), pictures, len({one.tobytes() for one in drawn}))


def _picture(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    return as_rgb(np.round(pixels.transpose(1, 2, 0) * 255).astype(np.uint8))  # (C, H, W) -> (H, W, 3)
