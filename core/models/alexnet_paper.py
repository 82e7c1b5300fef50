"""AlexNet as its paper prints it (Krizhevsky et al., NeurIPS 2012): 96-256-384-384-256 kernels.

The second, fourth and fifth convolution see half of the maps each (`groups=2`), as the paper's two graphics
cards made them: with it the network has the 60 million weights that the paper counts, 60,965,224 for 1,000
classes, without it 62,378,344. Here both halves run on one device.

Not as in the paper: two zeros around a picture of 224 pixels stand for the 227 that its numbers need; the
last maps are averaged to 6 x 6, so that other sizes fit (at 224 pixels they are 6 x 6); the first weights are
PyTorch's, not drawn with a standard deviation of 0.01.
"""

from torch import Tensor, nn

from core.models.blueprint import Blueprint

_HIDDEN = 4096


class AlexNetPaper(nn.Module):
    """Five convolutions with overlapping pooling and local response normalisation; three linear layers."""

    def __init__(self, n_classes: int, n_channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(n_channels, 96, kernel_size=11, stride=4, padding=2),
            nn.ReLU(),
            _response_norm(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),
            nn.ReLU(),
            _response_norm(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(256, 384, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.pool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(256 * 6 * 6, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(_HIDDEN, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(_HIDDEN, n_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits: (B, C, H, W) -> (B, n_classes)."""
        return self.classifier(self.pool(self.features(x)))  # type: ignore[no-any-return]


def _response_norm() -> nn.LocalResponseNorm:
    # The paper's alpha of 1e-4 weighs the sum over five maps, PyTorch's their mean.
    return nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0)


def build(blueprint: Blueprint) -> AlexNetPaper:
    """Build the network with random weights."""
    return AlexNetPaper(blueprint.n_classes, blueprint.n_channels)
