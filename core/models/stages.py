"""The layers of a network gathered into its blocks, for a table and a diagram. No torch here."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final, Protocol, TypeVar

from core.language import N_, _

KIND_TITLES: Final = {
    "Conv2d": N_("Convolution"),
    "BatchNorm2d": N_("Batch norm"),
    "ReLU": N_("ReLU"),
    "MaxPool2d": N_("Max pooling"),
    "AvgPool2d": N_("Mean pooling"),
    "AdaptiveAvgPool2d": N_("Mean pooling to a fixed size"),
    "GlobalMean": N_("Mean of each map"),
    "Linear": N_("Linear"),
    "Dropout": N_("Dropout"),
    "Addition": N_("Addition"),
    "Concatenation": N_("Concatenation"),
    "LearnedAddition": N_("Learned numbers added"),
    "LearnedToken": N_("Learned token put in front"),
    "Scaling": N_("Scaling of maps"),
    "MultiheadAttention": N_("Self-attention"),
    "GRU": N_("Recurrent (GRU)"),
    "LayerNorm": N_("Layer norm"),
    "LocalResponseNorm": N_("Local response norm"),
    "StochasticDepth": N_("Stochastic depth"),
    "Flatten": N_("Flattening"),
    "Identity": N_("Unchanged"),
    "GELU": N_("GELU"),
    "SiLU": N_("SiLU"),
    "Sigmoid": N_("Sigmoid"),
    "Tanh": N_("Tanh"),
    "Hardswish": N_("Hard swish"),
    "Hardsigmoid": N_("Hard sigmoid"),
}
# What gives a block its name; the rest goes with it.
_MAIN: Final = (
    "Conv2d",
    "Linear",
    "MultiheadAttention",
    "GRU",
    "MaxPool2d",
    "AvgPool2d",
    "AdaptiveAvgPool2d",
    "GlobalMean",
)


class Layer(Protocol):
    """What is needed of `core.models.describe.LayerInfo`, without importing torch."""

    @property
    def name(self) -> str:
        """Where it is in the network."""

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

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        """(height, width) in pixels, or None for the whole image."""

    @property
    def kept_bytes(self) -> int:
        """Bytes that training keeps of one image."""


_Layer = TypeVar("_Layer", bound=Layer)


@dataclass(frozen=True)
class Stage:
    """The layers of one block.

    Attributes
    ----------
    modules
        The modules of the network that it is made of; empty for the head.
    kinds
        (class name, how often) of its layers, in the order in which they come first.
    output_shape, receptive_field
        Of its last layer that has maps of more than one pixel, else of its last layer, as for the head.
    """

    modules: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]
    output_shape: tuple[int, ...]
    n_parameters: int
    multiply_adds: int
    kept_bytes: int = 0
    receptive_field: tuple[int, int] | None = None

    @property
    def n_layers(self) -> int:
        """Number of its layers."""
        return sum(n for _kind, n in self.kinds)

    @property
    def n_channels(self) -> int:
        """Number of feature maps, or of numbers, or of numbers a token."""
        return self.output_shape[-1] if len(self.output_shape) == 2 else self.output_shape[0]

    @property
    def side(self) -> int:
        """Side of a feature map in pixels; of a square of tokens; 1 for a list of numbers."""
        if len(self.output_shape) == 1:
            return 1
        return self.output_shape[1] if len(self.output_shape) == 3 else isqrt(self.output_shape[0])

    @property
    def adds(self) -> bool:
        """Whether something goes around its layers and is added: a shortcut."""
        return any(kind == "Addition" for kind, _n in self.kinds)

    @property
    def joins(self) -> bool:
        """Whether several branches lie side by side in it, or earlier maps are put beside new ones."""
        return any(kind == "Concatenation" for kind, _n in self.kinds)

    @property
    def summary(self) -> str:
        """What it does, in a few words."""
        main = [(kind, n) for kind, n in self.kinds if kind in _MAIN] or list(self.kinds)
        words = [f"{n} x {kind_title(kind)}" if n > 1 else kind_title(kind) for kind, n in main]
        return ", ".join(words)


def stages(layers: Sequence[Layer], blocks: Sequence[Sequence[str]]) -> list[Stage]:
    """Gather layers into the blocks of their network, in order; what follows the last block is the head.

    Parameters
    ----------
    layers
        From the image to the answer.
    blocks
        The module names of each block, as in `ModelSpec.blocks`. What lies between two blocks belongs to the
        one before it.
    """
    return [_stage(modules, members) for modules, members in gathered(layers, blocks) if members]


def gathered(
    layers: Sequence[_Layer], blocks: Sequence[Sequence[str]]
) -> Iterator[tuple[tuple[str, ...], list[_Layer]]]:
    """Give the modules and the layers of each block, and at last those of the head."""
    places = [next((n for n, block in enumerate(blocks) if _is_in(layer, block)), None) for layer in layers]
    body_ends = max((row for row, place in enumerate(places) if place is not None), default=-1) + 1
    now = 0
    members: list[_Layer] = []
    for layer, place in zip(layers[:body_ends], places[:body_ends], strict=True):
        if place is not None and place > now:
            yield tuple(blocks[now]), members
            now, members = place, []
        members.append(layer)
    if members:
        yield tuple(blocks[now]), members
    yield (), list(layers[body_ends:])


def kind_title(kind: str) -> str:
    """Return what people call a class of torch.nn, translated; the class name if it is not listed."""
    return _(KIND_TITLES[kind]) if kind in KIND_TITLES else kind


def shape_words(shape: tuple[int, ...]) -> str:
    """Return a shape without its batch in words: maps, tokens or numbers."""
    if len(shape) == 3:
        return _("{n} x {height} x {width}", n=shape[0], height=shape[1], width=shape[2])
    if len(shape) == 2:
        return _("{n} tokens of {k} numbers", n=shape[0], k=shape[1])
    return _("{n} numbers", n=shape[0])


def _is_in(layer: Layer, block: Sequence[str]) -> bool:
    return any(layer.name == module or layer.name.startswith(f"{module}.") for module in block)


def _is_map(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[1] * shape[2] > 1


def _stage(modules: tuple[str, ...], members: Sequence[Layer]) -> Stage:
    maps = [] if not modules else [member for member in members if _is_map(member.output_shape)]
    last = (maps or members)[-1]
    return Stage(
        modules,
        tuple(Counter(member.kind for member in members).items()),
        last.output_shape,
        sum(member.n_parameters for member in members),
        sum(member.multiply_adds for member in members),
        sum(member.kept_bytes for member in members),
        last.receptive_field,
    )
