"""The network that tutorials print for 28 x 28 images: two convolutions, then two linear layers.

Its numbers are those of PyTorch's own MNIST example (pytorch/examples, mnist/main.py): 32 and 64 kernels of
3 x 3, one pooling, 128 hidden units, dropout 0.25 and 0.5; 1,199,882 weights for grey digits of ten classes.
"""

from torch import Tensor, nn

from core.models.blueprint import Blueprint

WIDTHS = (32, 64)
_HIDDEN = 128


class DigitCNN(nn.Module):
    """Two convolutions, one pooling, the maps as one list of numbers, two linear layers."""

    def __init__(self, n_classes: int, n_channels: int, image_size: int) -> None:
        super().__init__()
        first, second = WIDTHS
        self.features = nn.Sequential(
            nn.Conv2d(n_channels, first, kernel_size=3),
            nn.ReLU(),
            nn.Conv2d(first, second, kernel_size=3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25),
            nn.Flatten(),
        )
        side = (image_size - 4) // 2  # each convolution takes one pixel from every edge
        self.hidden = nn.Sequential(nn.Linear(second * side**2, _HIDDEN), nn.ReLU(), nn.Dropout(0.5))
        self.classifier = nn.Linear(_HIDDEN, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits: (B, C, H, W) -> (B, n_classes)."""
        return self.classifier(self.hidden(self.features(x)))  # type: ignore[no-any-return]


def build(blueprint: Blueprint) -> DigitCNN:
    """Build the network with random weights."""
    return DigitCNN(blueprint.n_classes, blueprint.n_channels, blueprint.image_size)
