"""A recurrent network that reads an image as a text: row by row, from the top."""

from torch import Tensor, nn

from core.models.blueprint import Blueprint

_HIDDEN = 128


class RowGRU(nn.Module):
    """A gated recurrent unit over the rows; what it remembers after the last one goes into a linear layer."""

    def __init__(self, n_classes: int, n_channels: int, image_size: int) -> None:
        super().__init__()
        self.rows = nn.GRU(n_channels * image_size, _HIDDEN, batch_first=True)
        self.classifier = nn.Linear(_HIDDEN, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to logits: (B, C, H, W) -> (B, n_classes)."""
        rows = x.transpose(1, 2).flatten(2)  # (B, C, H, W) -> (B, H, C x W): one row is one word
        memory, _last = self.rows(rows)  # (B, H, 128)
        return self.classifier(memory[:, -1])  # type: ignore[no-any-return]


def build(blueprint: Blueprint) -> RowGRU:
    """Build the network with random weights."""
    return RowGRU(blueprint.n_classes, blueprint.n_channels, blueprint.image_size)
