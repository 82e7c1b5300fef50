"""Draws of one image, to be looked at: many of it, one of many images, and one from weak to strong.

A draw has a number, and depends on nothing but the seed, the number and what may be done: draw 3 of one film
turns another film by the same angle, and at twice the strength by twice the angle.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from annotated_types import Ge, Le
from numpy.typing import NDArray
from scipy import ndimage

from core.images.drawing import ORANGE, as_rgb
from core.images.records import MedicalImage
from core.transforms.augmentation.batch import augment_batch
from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.augmentation.strength import at_strength
from core.transforms.preprocessing import default_preprocessing, image_part, unit
from core.transforms.records import AugmentationStep

N_FRAMES: Final = 9
_UP_TO_ONE: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_VISIBLE: Final = 0.5  # of a mask's pixel must be finding


@dataclass(frozen=True, eq=False)
class Picture:
    """An image as an augmentation gets it, or what it made of it.

    Attributes
    ----------
    pixels
        ndarray of shape (C, H, W), float32 in [0, 1].
    mask
        Where its finding is, ndarray of shape (H, W), bool; None where that is not known.
    """

    pixels: NDArray[np.float32]
    mask: NDArray[np.bool_] | None = None

    def shown(self, *, outlined: bool = False) -> NDArray[np.uint8]:
        """Return it for a screen, (H, W, 3); `outlined` draws an orange line around the finding."""
        rgb = as_rgb(np.round(self.pixels.transpose(1, 2, 0) * 255).astype(np.uint8))  # (H, W, C)
        if outlined and self.mask is not None:
            rgb[ndimage.binary_dilation(self.mask) & ~self.mask] = ORANGE
        return rgb


@dataclass(frozen=True, eq=False)
class Draws:
    """An image and what was drawn from it, number by number; `n_different` of the draws differ."""

    original: Picture
    drawn: tuple[Picture, ...]
    n_different: int


def small_picture(image: MedicalImage, *, size: int, mask: NDArray[np.bool_] | None = None) -> Picture:
    """Return an image through its own window as a square of `size` pixels, its mask likewise."""
    n_channels = 3 if image.is_colour else 1
    pixels = unit(image_part(image, default_preprocessing(size, n_channels)))  # (C, H, W)
    if mask is None:
        return Picture(pixels)
    stencil = MedicalImage(values=mask.astype(np.uint8), value_range=(0.0, 1.0))
    return Picture(pixels, unit(image_part(stencil, default_preprocessing(size, 1)))[0] > _VISIBLE)


def draw(picture: Picture, steps: Sequence[AugmentationStep], *, seed: int, number: int) -> Picture:
    """Return draw `number` of a picture; steps that mix images are left out.

    Parameters
    ----------
    picture
        A square one.
    steps
        What may be done.
    seed, number
        The same two, the same draw.
    """
    own = [step for step in steps if AUGMENTATIONS[step.name].stage != "mixing"]
    masks = None if picture.mask is None else torch.from_numpy(picture.mask[None, None].astype(np.float32))
    images = torch.from_numpy(picture.pixels)[None]  # (1, C, H, W)
    drawn = augment_batch(images, own, draw_generator(seed, number), masks=masks)
    mask = None if drawn.masks is None else drawn.masks[0, 0].numpy() > _VISIBLE
    return Picture(drawn.images[0].numpy(), mask)


def draw_many(picture: Picture, steps: Sequence[AugmentationStep], *, n: int, seed: int) -> Draws:
    """Return the draws 0 to n - 1 of a picture."""
    drawn = tuple(draw(picture, steps, seed=seed, number=number) for number in range(n))
    return Draws(picture, drawn, len({one.pixels.tobytes() for one in drawn}))


def strongest_draw(picture: Picture, steps: Sequence[AugmentationStep], *, n: int, seed: int) -> int:
    """Return which of the draws 0 to n - 1 changes a picture the most, pixel by pixel."""
    drawn = draw_many(picture, steps, n=n, seed=seed).drawn
    return int(np.argmax([np.abs(one.pixels - picture.pixels).mean() for one in drawn]))


def draw_mixed(
    picture: Picture, other: Picture, step: AugmentationStep, *, n: int, seed: int
) -> tuple[Picture, float]:
    """Return a picture mixed with another of the same shape, and the share of the label that stays its own.

    Of the draws 0 to n - 1 it is the one that mixes most evenly.
    """
    images = torch.from_numpy(np.stack([picture.pixels, other.pixels]))  # (2, C, H, W)
    labels = torch.arange(2)
    draws = [
        augment_batch(images, [step], draw_generator(seed, number), labels=labels, n_classes=2)
        for number in range(n)
    ]
    shares = [1.0 if drawn.targets is None else float(drawn.targets[0, 0]) for drawn in draws]
    evenest = int(np.argmin(np.abs(np.array(shares) - 0.5)))
    return Picture(draws[evenest].images[0].numpy()), shares[evenest]


def film_strengths(step: AugmentationStep) -> tuple[float, ...]:
    """Return the strengths of a film: five from 0 to 1, and on from there to the end of the step's range."""
    last = _largest_strength(step)
    if last <= 1:
        return tuple(float(strength) for strength in np.linspace(0, 1, N_FRAMES))
    n_more = N_FRAMES - len(_UP_TO_ONE)
    return _UP_TO_ONE + tuple(float(last ** (place / n_more)) for place in range(1, n_more + 1))


def draw_film(
    picture: Picture, step: AugmentationStep, strengths: Sequence[float], *, seed: int, number: int
) -> list[Picture]:
    """Return one draw of one step at each strength."""
    return [draw(picture, [at_strength(step, strength)], seed=seed, number=number) for strength in strengths]


def draw_generator(seed: int, number: int) -> torch.Generator:
    """Return the generator of a draw."""
    digest = hashlib.sha256(f"draw/{seed}/{number}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def _largest_strength(step: AugmentationStep) -> float:
    """Return where the last of a step's parameters reaches the end of its range; 0 if none can."""
    spec = AUGMENTATIONS[step.name]
    found = [0.0]
    for name, neutral in spec.neutral.items():
        way = step.parameters[name] - neutral
        for limit in spec.parameters.model_fields[name].metadata:
            end = limit.le if isinstance(limit, Le) else limit.ge if isinstance(limit, Ge) else neutral
            if way and (float(end) - neutral) / way > 0:  # type: ignore[arg-type]
                found.append((float(end) - neutral) / way)  # type: ignore[arg-type]
    return max(found)
