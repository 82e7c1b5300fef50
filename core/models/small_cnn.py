"""The network of our own that a lesson can follow number by number."""

import torch
from torch import Tensor, nn

from core.models.blueprint import Blueprint

WIDTHS = (16, 32, 64)


class Block(nn.Module):
    """Convolution 3 x 3, batch norm, ReLU, max pooling 2 x 2: (B, in, H, W) -> (B, out, H/2, W/2)."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(n_out)
        self.activation = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """Run the block."""
        return self.pool(self.activation(self.norm(self.convolution(x))))  # type: ignore[no-any-return]


class SmallCNN(nn.Module):
    """Three blocks, the mean over what is left of the picture, and one linear layer.

    About 24,000 weights for one channel and two classes. The mean makes it take any size from 16 pixels up.
    """

    def __init__(self, n_classes: int, n_channels: int) -> None:
        super().__init__()
        sizes = (n_channels, *WIDTHS)
        self.blocks = nn.Sequential(*(Block(n_in, n_out) for n_in, n_out in zip(sizes, WIDTHS, strict=False)))
        self.classifier = nn.Linear(WIDTHS[-1], n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits: (B, C, H, W) -> (B, n_classes)."""
        features = self.blocks(x)  # (B, 64, H/8, W/8)
        pooled = torch.mean(features, dim=(2, 3))  # (B, 64)
        return self.classifier(pooled)  # type: ignore[no-any-return]


def build(blueprint: Blueprint) -> SmallCNN:
    """Build the network with random weights."""
    return SmallCNN(blueprint.n_classes, blueprint.n_channels)
