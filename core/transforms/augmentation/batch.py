"""Random changes to the images of a batch, drawn anew for each image, on the device the batch is on.

Torchvision's random transforms draw once for a whole batch; here every image gets its own. All geometric
changes of an image are composed into one matrix, so that its pixels are interpolated once. The numbers are
drawn on the CPU from a generator that the caller seeded: the same draws on every device.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.augmentation.parameters import (
    BrightnessContrastParameters,
    CropParameters,
    FlipParameters,
    RotateParameters,
)
from core.transforms.preprocessing import resolve
from core.transforms.records import AugmentationStep


def augment(images: Tensor, steps: Sequence[AugmentationStep], generator: torch.Generator) -> Tensor:
    """Change each image of a batch at random.

    Parameters
    ----------
    images
        Tensor of shape (B, C, H, W), float32 in [0, 1].
    steps
        What may be done; geometric changes come first whatever the order of the list.
    generator
        On the CPU; seeded by the caller with what should decide the draws.

    Returns
    -------
    Tensor of the same shape, in [0, 1].
    """
    matrices: Tensor | None = None
    for step in _of_stage(steps, "geometric"):
        drawn = _draw(step, len(images), generator)  # (B, 3, 3)
        matrices = drawn if matrices is None else matrices @ drawn
    if matrices is not None:
        images = _sample(images, matrices)
    for step in _of_stage(steps, "intensity"):
        gain, bias = _draw(step, len(images), generator).to(images.device).unbind(1)  # (B, 2) -> 2 x (B,)
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        images = ((images - mean) * gain[:, None, None, None] + mean + bias[:, None, None, None]).clamp(0, 1)
    return images


def flip_horizontal(n: int, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    """Draw n matrices that mirror left and right with the given probability: (n, 3, 3)."""
    return _diagonal(_signs(n, parameters, generator), torch.ones(n))


def flip_vertical(n: int, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    """Draw n matrices that mirror top and bottom with the given probability: (n, 3, 3)."""
    return _diagonal(torch.ones(n), _signs(n, parameters, generator))


def rotate(n: int, parameters: RotateParameters, generator: torch.Generator) -> Tensor:
    """Draw n rotations by an angle between -degrees and +degrees: (n, 3, 3)."""
    angle = torch.deg2rad(_uniform(n, -parameters.degrees, parameters.degrees, generator))
    matrices = _diagonal(torch.cos(angle), torch.cos(angle))
    matrices[:, 0, 1], matrices[:, 1, 0] = -torch.sin(angle), torch.sin(angle)
    return matrices


def crop(n: int, parameters: CropParameters, generator: torch.Generator) -> Tensor:
    """Draw n square parts of side between `smallest` and 1, anywhere inside the image: (n, 3, 3)."""
    side = _uniform(n, parameters.smallest, 1.0, generator)
    matrices = _diagonal(side, side)
    for axis in range(2):
        matrices[:, axis, 2] = _uniform(n, -1.0, 1.0, generator) * (1 - side)
    return matrices


def brightness_contrast(
    n: int, parameters: BrightnessContrastParameters, generator: torch.Generator
) -> Tensor:
    """Draw n pairs of contrast factor and added brightness: (n, 2)."""
    gain = _uniform(n, 1 - parameters.contrast, 1 + parameters.contrast, generator)
    bias = _uniform(n, -parameters.brightness, parameters.brightness, generator)
    return torch.stack([gain, bias], dim=1)


def _of_stage(steps: Sequence[AugmentationStep], stage: str) -> list[AugmentationStep]:
    return [step for step in steps if AUGMENTATIONS[step.name].stage == stage]


def _draw(step: AugmentationStep, n: int, generator: torch.Generator) -> Tensor:
    spec = AUGMENTATIONS[step.name]
    drawn: Tensor = resolve(spec.builder)(n, spec.parameters(**step.parameters), generator)
    return drawn


def _sample(images: Tensor, matrices: Tensor) -> Tensor:
    """Take each output pixel from where its image's matrix points, from -1 to 1; outside is black.

    The matrices map output to input and act on a square: height and width are equal after `resize`.
    """
    theta = matrices[:, :2].to(images.device, images.dtype)  # (B, 2, 3)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)  # (B, H, W, 2)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _signs(n: int, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    return torch.where(torch.rand(n, generator=generator) < parameters.probability, -1.0, 1.0)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def _diagonal(x: Tensor, y: Tensor) -> Tensor:
    return torch.diag_embed(torch.stack([x, y, torch.ones_like(x)], dim=1))
