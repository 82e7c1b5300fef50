"""Changes of grey level, one draw for each image: a public function draws, a private one does what was drawn.

What is drawn comes back as a `Change`, a function of the images with the drawn numbers in it.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.transforms.augmentation.drawing import BatchShape, Numbers, column, log_uniform, seed, uniform
from core.transforms.augmentation.parameters import (
    BlurParameters,
    BrightnessParameters,
    ContrastParameters,
    EraseParameters,
    GammaParameters,
    GaussianNoiseParameters,
    PoissonNoiseParameters,
)

Change = Callable[[Tensor], Tensor]  # (B, C, H, W) float32 in [0, 1] -> a new tensor of the same kind

_LUMA = (0.2989, 0.587, 0.114)  # red, green, blue: ITU-R BT.601, as torchvision rounds it


def brightness(shape: BatchShape, parameters: BrightnessParameters, generator: torch.Generator) -> Change:
    """Draw a factor for all pixels of an image."""
    factors = uniform(shape.n, 1 - parameters.change, 1 + parameters.change, generator)
    return partial(_brighten, factors=factors)


def contrast(shape: BatchShape, parameters: ContrastParameters, generator: torch.Generator) -> Change:
    """Draw a factor for the distance from an image's mean grey."""
    factors = uniform(shape.n, 1 - parameters.change, 1 + parameters.change, generator)
    return partial(_harden, factors=factors)


def gamma(shape: BatchShape, parameters: GammaParameters, generator: torch.Generator) -> Change:
    """Draw an exponent."""
    return partial(_bend_greys, exponents=log_uniform(shape.n, parameters.largest, generator))


def gaussian_noise(
    shape: BatchShape, parameters: GaussianNoiseParameters, generator: torch.Generator
) -> Change:
    """Draw a standard deviation, and a seed for the field of noise."""
    deviations = uniform(shape.n, 0, parameters.deviation, generator)
    return partial(_add_noise, deviations=deviations, field_seed=seed(generator))


def poisson_noise(
    shape: BatchShape, parameters: PoissonNoiseParameters, generator: torch.Generator
) -> Change:
    """Draw the relative noise of a white pixel, and a seed for the field of noise."""
    noise = uniform(shape.n, 0, parameters.noise, generator)
    return partial(_count_photons, noise=noise, field_seed=seed(generator))


def blur(shape: BatchShape, parameters: BlurParameters, generator: torch.Generator) -> Change:
    """Draw the standard deviation of a Gaussian filter, in pixels."""
    largest_radius = min(shape.height, shape.width) - 1  # a picture is mirrored at its edges, once
    radius = min(math.ceil(3 * parameters.sigma), largest_radius)
    sigmas = uniform(shape.n, parameters.sigma / 5, parameters.sigma, generator)
    return partial(_blur, sigmas=sigmas, radius=radius)


def erase(shape: BatchShape, parameters: EraseParameters, generator: torch.Generator) -> Change:
    """Draw a box by its area and proportion, anywhere inside the image (arXiv:1708.04896)."""
    area = uniform(shape.n, 0, parameters.area, generator) * (shape.height * shape.width)
    stretch = log_uniform(shape.n, parameters.aspect, generator)
    height = np.minimum(np.round(np.sqrt(area * stretch)), shape.height)
    width = np.minimum(np.round(np.sqrt(area / stretch)), shape.width)
    top = np.floor(uniform(shape.n, 0, 1, generator) * (shape.height - height + 1))
    left = np.floor(uniform(shape.n, 0, 1, generator) * (shape.width - width + 1))
    boxes = np.stack([top, left, top + height, left + width], axis=1)
    return partial(_erase, boxes=torch.from_numpy(boxes))


def box_sides(boxes: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return which rows and which columns each image's box has; their product is 1 inside and 0 outside.

    Parameters
    ----------
    boxes
        Tensor of shape (B, 4) on the CPU: top, left, bottom, right in pixels, the last two not included.
    images
        Tensor of shape (B, C, H, W).

    Returns
    -------
    Tensors of shape (B, 1, H, 1) and (B, 1, 1, W), 0 or 1, of the images' type and device.
    """
    top, left, bottom, right = boxes.to(images.device, non_blocking=True).T[:, :, None]  # (B, 1) each
    row, place = (torch.arange(size, device=images.device) for size in images.shape[2:])
    rows = ((row >= top) & (row < bottom)).to(images.dtype)  # (B, H)
    columns = ((place >= left) & (place < right)).to(images.dtype)  # (B, W)
    return rows[:, None, :, None], columns[:, None, None, :]


def _brighten(images: Tensor, *, factors: Numbers) -> Tensor:
    """Multiply; torchvision's adjust_brightness."""
    return (images * column(factors, images)).clamp_(0, 1)


def _harden(images: Tensor, *, factors: Numbers) -> Tensor:
    """Blend with the mean of the grey picture; torchvision's adjust_contrast."""
    grey = images.mean(dim=(2, 3), keepdim=True)  # (B, C, 1, 1)
    if images.shape[1] == len(_LUMA):
        luma = torch.tensor(_LUMA).to(images.device, non_blocking=True)
        grey = (grey * luma[:, None, None]).sum(dim=1, keepdim=True)
    factor = column(factors, images)
    return (images * factor).add_(grey * (1 - factor)).clamp_(0, 1)


def _bend_greys(images: Tensor, *, exponents: Numbers) -> Tensor:
    """Raise to a power; torchvision's adjust_gamma with gain 1."""
    return images.pow(column(exponents, images))


def _add_noise(images: Tensor, *, deviations: Numbers, field_seed: int) -> Tensor:
    noise = _normal_field(images, field_seed)
    return noise.mul_(column(deviations, images)).add_(images).clamp_(0, 1)


def _count_photons(images: Tensor, *, noise: Numbers, field_seed: int) -> Tensor:
    """Add the noise of counted photons: a pixel x of N photons at white has x N of them, noise sqrt(x / N).

    A normal distribution with the mean and the variance of the Poisson one, which it equals ever better the
    more photons there are (11 at white at the largest noise); drawing counts one by one takes ten times as
    long. Black stays black.
    """
    field = _normal_field(images, field_seed)
    return field.mul_(column(noise, images)).mul_(images.sqrt()).add_(images).clamp_(0, 1)


def _normal_field(images: Tensor, field_seed: int) -> Tensor:
    generator = torch.Generator(images.device).manual_seed(field_seed)
    return torch.randn(images.shape, generator=generator, device=images.device)


def _blur(images: Tensor, *, sigmas: Numbers, radius: int) -> Tensor:
    """Filter along rows, then along columns; the picture goes on mirrored beyond its edges.

    Torchvision's gaussian_blur with a kernel of 2 * radius + 1 pixels.
    """
    offsets = np.arange(-radius, radius + 1, dtype=np.float32)
    # A deviation of 0 would divide 0 by 0; a hundredth of a pixel leaves every pixel as it is, exactly.
    weights = np.exp(-0.5 * (offsets / np.maximum(sigmas, 0.01)[:, None]) ** 2)  # (B, 2 * radius + 1)
    weights /= weights.sum(axis=1, keepdims=True)
    columns = list(column(weights, images).unbind(4))
    for dim, padding in ((3, (radius, radius, 0, 0)), (2, (0, 0, radius, radius))):
        size = images.shape[dim]
        padded = functional.pad(images, padding, mode="reflect")
        images = padded.narrow(dim, 0, size) * columns[0]
        for start, weight in enumerate(columns[1:], start=1):
            images.addcmul_(padded.narrow(dim, start, size), weight)
    return images.clamp_(0, 1)  # the weights add up to 1 but for rounding


def _erase(images: Tensor, *, boxes: Tensor) -> Tensor:
    rows, columns = box_sides(boxes, images)
    return images.addcmul(images * rows, columns, value=-1)  # exact: x - x inside, x - 0 outside
