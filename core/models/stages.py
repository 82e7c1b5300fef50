"""The layers of a network gathered into stages, for a diagram: equal output shapes make one stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Protocol

from core.language import N_, _

KIND_TITLES: Final = {
    "Conv2d": N_("Convolution"),
    "BatchNorm2d": N_("Batch norm"),
    "ReLU": N_("ReLU"),
    "MaxPool2d": N_("Max pooling"),
    "AdaptiveAvgPool2d": N_("Mean of each map"),
    "Linear": N_("Linear"),
    "Dropout": N_("Dropout"),
}


class Layer(Protocol):
    """What is needed of `core.models.describe.LayerInfo`, without importing torch."""

    @property
    def kind(self) -> str:
        """Class name of the layer."""

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of its output without the batch."""

    @property
    def n_parameters(self) -> int:
        """Number of its weights."""

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for one image."""


@dataclass(frozen=True)
class Stage:
    """Layers in a row whose outputs have one shape; `kinds` are their class names, each once."""

    output_shape: tuple[int, ...]
    kinds: tuple[str, ...]
    n_layers: int
    n_parameters: int
    multiply_adds: int

    @property
    def n_channels(self) -> int:
        """Number of feature maps, or of numbers."""
        return self.output_shape[0]

    @property
    def side(self) -> int:
        """Side of a feature map in pixels; 1 for a list of numbers."""
        return self.output_shape[1] if len(self.output_shape) == 3 else 1


def stages(layers: Sequence[Layer]) -> list[Stage]:
    """Gather layers into stages, in the order of the network."""
    found = []
    for shape, group in groupby(layers, key=lambda layer: layer.output_shape):
        members = list(group)
        found.append(
            Stage(
                output_shape=shape,
                kinds=tuple(dict.fromkeys(member.kind for member in members)),
                n_layers=len(members),
                n_parameters=sum(member.n_parameters for member in members),
                multiply_adds=sum(member.multiply_adds for member in members),
            )
        )
    return found


def kind_title(kind: str) -> str:
    """Return what people call a class of torch.nn, translated; the class name if it is not listed."""
    return _(KIND_TITLES[kind]) if kind in KIND_TITLES else kind
