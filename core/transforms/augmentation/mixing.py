"""Blends of two images and of their labels.

Each image has a partner from the same batch, by a random permutation, and keeps a share lambda of itself.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.transforms.augmentation.drawing import BatchShape, column, seed
from core.transforms.augmentation.intensity import box_sides
from core.transforms.augmentation.parameters import CutmixParameters, MixupParameters


@dataclass(frozen=True, eq=False)
class Mix:
    """What was drawn for a batch: who is blended with whom, and how.

    Attributes
    ----------
    partners
        Tensor of shape (B,), int64.
    shares
        Tensor of shape (B,), float32 in [0, 1]: how much of an image, and of its label, is its own.
    boxes
        Tensor of shape (B, 4): top, left, bottom, right of what comes from the partner, in pixels; None where
        all pixels are blended.
    """

    partners: Tensor
    shares: Tensor
    boxes: Tensor | None = None

    def of_pixels(self, images: Tensor) -> Tensor:
        """Blend images or masks of shape (B, C, H, W)."""
        others = self._of_partners(images)
        if self.boxes is None:
            return torch.lerp(others, images, column(self.shares, images))
        rows, columns = box_sides(self.boxes, images)
        return torch.where(rows * columns > 0, others, images)

    def of_targets(self, targets: Tensor) -> Tensor:
        """Blend targets of shape (B, n_classes)."""
        shares = column(self.shares, targets)[:, :, 0, 0]  # (B, 1)
        return torch.lerp(self._of_partners(targets), targets, shares)

    def _of_partners(self, values: Tensor) -> Tensor:
        return values.index_select(0, self.partners.to(values.device, non_blocking=True))


def mixup(shape: BatchShape, parameters: MixupParameters, generator: torch.Generator) -> Mix:
    """Draw blends of all pixels: x = lambda x + (1 - lambda) x' (arXiv:1710.09412)."""
    return Mix(torch.randperm(shape.n, generator=generator), _shares(shape.n, parameters.alpha, generator))


def cutmix(shape: BatchShape, parameters: CutmixParameters, generator: torch.Generator) -> Mix:
    """Draw boxes that come from the partner: 1 - lambda of the area, cut at the edge (arXiv:1905.04899).

    The share is that of the pixels which are left, as the paper's code and torchvision count it.
    """
    partners = torch.randperm(shape.n, generator=generator)
    side = 0.5 * torch.sqrt(1 - _shares(shape.n, parameters.alpha, generator))
    edges = []
    for size in (shape.height, shape.width):
        middle = (torch.rand(shape.n, generator=generator) * size).floor()
        half = (side * size).floor()
        edges.append(((middle - half).clamp(min=0), (middle + half).clamp(max=size)))
    (top, bottom), (left, right) = edges
    shares = 1 - (bottom - top) * (right - left) / (shape.height * shape.width)
    return Mix(partners, shares, torch.stack([top, left, bottom, right], dim=1))


def _shares(n: int, alpha: float, generator: torch.Generator) -> Tensor:
    """Draw n shares from Beta(alpha, alpha), (n,) float32; torch's Beta draws from the global state."""
    draws = np.random.default_rng(seed(generator))
    shares = draws.beta(alpha, alpha, n) if alpha else np.ones(n)
    return torch.from_numpy(shares.astype(np.float32))
