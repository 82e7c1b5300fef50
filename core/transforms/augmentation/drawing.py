"""What every augmentation draws from: the shape of the batch, and numbers for each image of it.

All numbers are drawn on the CPU from the generator that the caller seeded, so that a draw is the same on
every device. What is worked out from them is worked out in numpy: on one number an image, a torch operation
is all overhead. A field of noise is drawn on the device, from a generator seeded with one of those numbers.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Numbers = NDArray[np.float32]  # (n,), one an image


@dataclass(frozen=True)
class BatchShape:
    """How many images there are, and their height and width in pixels."""

    n: int
    height: int
    width: int


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Numbers:
    """Draw n numbers evenly between `low` and `high`: (n,) float32."""
    return torch.empty(n).uniform_(low, high, generator=generator).numpy()


def symmetric(n: int, largest: float, generator: torch.Generator) -> Numbers:
    """Draw n numbers evenly between minus and plus `largest`: (n,) float32."""
    return uniform(n, -largest, largest, generator)


def log_uniform(n: int, largest: float, generator: torch.Generator) -> Numbers:
    """Draw n factors between 1 / `largest` and `largest`, halving as likely as doubling: (n,) float32."""
    return np.exp(symmetric(n, math.log(largest), generator))


def seed(generator: torch.Generator) -> int:
    """Draw a seed for another generator."""
    return int(torch.randint(2**63 - 1, (), generator=generator))


def column(values: Numbers | Tensor, images: Tensor) -> Tensor:
    """Return one value an image, (B,), beside its pixels: (B, 1, 1, 1) on the images' device."""
    return torch.as_tensor(values).to(images.device, non_blocking=True)[:, None, None, None]
