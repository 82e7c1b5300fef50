"""A network without convolutions: every pixel has a weight of its own to every hidden unit."""

from torch import Tensor, nn

from core.models.blueprint import Blueprint

WIDTHS = (256, 128)


class MLP(nn.Module):
    """The image as one list of numbers, two hidden layers, one linear layer."""

    def __init__(self, n_classes: int, n_channels: int, image_size: int) -> None:
        super().__init__()
        first, second = WIDTHS
        self.hidden = nn.Sequential(
            nn.Flatten(),
            nn.Linear(n_channels * image_size**2, first),
            nn.ReLU(),
            nn.Linear(first, second),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(second, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits: (B, C, H, W) -> (B, n_classes)."""
        return self.classifier(self.hidden(x))  # type: ignore[no-any-return]


def build(blueprint: Blueprint) -> MLP:
    """Build the network with random weights."""
    return MLP(blueprint.n_classes, blueprint.n_channels, blueprint.image_size)
