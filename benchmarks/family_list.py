"""The networks of the table of families: image size, batch, and the learning rates to choose from."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Family:
    """A network as the table trains it.

    Attributes
    ----------
    made_for
        The side in pixels that its paper, or torchvision's weights, were made for.
    rates
        Learning rates; the one whose first run has the best validation AUROC is taken for all seeds.
    """

    network: str
    image_size: int
    made_for: int
    rates: tuple[float, ...] = (1e-3, 3e-4)
    batch_size: int = 16


_CAREFUL: Final = (3e-4, 1e-4)  # many weights in the last layers, or no batch norm: 1e-3 throws them off

_SMALL: Final = (1e-4,)  # too slow on a CPU to try two

FAMILIES: Final[tuple[Family, ...]] = (
    Family("small_cnn", 64, 64, rates=(3e-3, 1e-3)),
    Family("xray_cnn", 64, 150),
    Family("digit_cnn", 28, 28),
    Family("mlp", 28, 28),
    Family("row_gru", 28, 28),
    Family("alexnet_paper", 64, 227, rates=_CAREFUL),
    Family("alexnet", 64, 224, rates=_CAREFUL),
    Family("vgg11", 64, 224, rates=_SMALL),
    Family("vgg16", 64, 224, rates=_SMALL),
    Family("googlenet", 64, 224),
    Family("inception_v3", 96, 299),
    Family("resnet18", 64, 224),
    Family("resnet34", 64, 224),
    Family("resnet50", 64, 224),
    Family("densenet121", 64, 224),
    Family("mobilenet_v3_small", 64, 224),
    Family("efficientnet_b0", 64, 224),
    Family("vit_b_16", 64, 224, rates=_SMALL),
)
