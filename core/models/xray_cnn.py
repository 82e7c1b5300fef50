"""The network that tutorials print for chest X-rays: three convolutions, then two linear layers.

Its numbers are those of the Keras blog post that they go back to (Chollet, 2016): 32, 32 and 64 kernels of
3 x 3 without zeros around the picture, 64 hidden units, dropout 0.5; 1,212,513 weights at 150 pixels, three
channels and one output.
"""

from torch import Tensor, nn

from core.models.blueprint import Blueprint

WIDTHS = (32, 32, 64)
_HIDDEN = 64


class Block(nn.Module):
    """Convolution 3 x 3, ReLU, max pooling 2 x 2: (B, in, H, W) -> (B, out, (H - 2) // 2, (W - 2) // 2)."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(n_in, n_out, kernel_size=3)
        self.activation = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """Run the block."""
        return self.pool(self.activation(self.convolution(x)))  # type: ignore[no-any-return]


class XrayCNN(nn.Module):
    """Three blocks; what is left of the maps as one list of numbers; two linear layers."""

    def __init__(self, n_classes: int, n_channels: int, image_size: int) -> None:
        super().__init__()
        sizes = (n_channels, *WIDTHS)
        self.blocks = nn.Sequential(*(Block(n_in, n_out) for n_in, n_out in zip(sizes, WIDTHS, strict=False)))
        side = image_size
        for _block in WIDTHS:
            side = (side - 2) // 2
        self.flatten = nn.Flatten()
        self.hidden = nn.Linear(WIDTHS[-1] * side**2, _HIDDEN)
        self.activation = nn.ReLU()
        self.dropout = nn.Dropout(0.5)
        self.classifier = nn.Linear(_HIDDEN, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits: (B, C, H, W) -> (B, n_classes)."""
        features = self.flatten(self.blocks(x))  # (B, 64 x side x side)
        hidden = self.dropout(self.activation(self.hidden(features)))
        return self.classifier(hidden)  # type: ignore[no-any-return]


def build(blueprint: Blueprint) -> XrayCNN:
    """Build the network with random weights."""
    return XrayCNN(blueprint.n_classes, blueprint.n_channels, blueprint.image_size)
