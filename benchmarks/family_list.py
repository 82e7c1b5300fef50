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


_SLOW: Final = (1e-4,)  # hours on a CPU: one rate is all that is tried
# Of the deep ones that take minutes a run, the better of two on the validation images of an earlier split.
_LARGE: Final = (1e-3,)
_MIDDLE: Final = (3e-4,)

FAMILIES: Final[tuple[Family, ...]] = (
    Family("small_cnn", 64, 64, rates=(3e-3, 1e-3)),
    Family("xray_cnn", 64, 150),
    Family("digit_cnn", 28, 28),
    Family("mlp", 28, 28),
    Family("row_gru", 28, 28),
    Family("alexnet_paper", 64, 227, rates=_MIDDLE),
    Family("alexnet", 64, 224, rates=_MIDDLE),
    Family("vgg11", 64, 224, rates=_SLOW),
    Family("vgg16", 64, 224, rates=_SLOW),
    Family("googlenet", 64, 224, rates=_MIDDLE),
    Family("inception_v3", 96, 299, rates=_LARGE),
    Family("resnet18", 64, 224),
    Family("resnet34", 64, 224, rates=_MIDDLE),
    Family("resnet50", 64, 224, rates=_LARGE),
    Family("densenet121", 64, 224, rates=_LARGE),
    Family("mobilenet_v3_small", 64, 224),
    Family("efficientnet_b0", 64, 224, rates=_LARGE),
    Family("vit_b_16", 64, 224, rates=_SLOW),
)
