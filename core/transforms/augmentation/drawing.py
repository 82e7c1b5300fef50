"""What every augmentation draws from: the shape of the batch, and numbers for each image of it.

All numbers are drawn on the CPU from the generator that the caller seeded, so that a draw is the same on
every device. A field of noise is drawn on the device, from a generator seeded with one of those numbers.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class BatchShape:
    """How many images there are, and their height and width in pixels."""

    n: int
    height: int
    width: int


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Draw n numbers evenly between `low` and `high`: (n,) float32."""
    return torch.empty(n).uniform_(low, high, generator=generator)


def symmetric(n: int, largest: float, generator: torch.Generator) -> Tensor:
    """Draw n numbers evenly between minus and plus `largest`: (n,) float32."""
    return uniform(n, -largest, largest, generator)


def log_uniform(n: int, largest: float, generator: torch.Generator) -> Tensor:
    """Draw n factors between 1 / `largest` and `largest`, halving as likely as doubling: (n,) float32."""
    return torch.exp(symmetric(n, math.log(largest), generator))


def seed(generator: torch.Generator) -> int:
    """Draw a seed for another generator."""
    return int(torch.randint(2**63 - 1, (), generator=generator))


def column(values: Tensor, images: Tensor) -> Tensor:
    """Return one value an image, (B,), beside its pixels: (B, 1, 1, 1) on the images' device."""
    return values.to(images.device, non_blocking=True)[:, None, None, None]
