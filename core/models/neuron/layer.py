"""A convolution of a network with what follows it, and any of its numbers made by hand.

The numbers are the network's own for one image, in eval mode: batch norm uses what it has learned.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.models.neuron.activations import activate

Maps = NDArray[np.float32]  # (n_maps, H, W)
_BORDER: Final = 8  # one part in so many of a side is border


@dataclass(frozen=True)
class Norm:
    """A batch norm for one map: the mean and variance of the training batches, and what was learned."""

    mean: float
    variance: float
    epsilon: float
    scale: float
    shift: float

    @property
    def spread(self) -> float:
        """The standard deviation that it divides by; epsilon keeps it from 0."""
        return float(np.sqrt(self.variance + self.epsilon))

    def apply(self, value: float) -> float:
        """Return (value - mean) / spread * scale + shift."""
        return (value - self.mean) / self.spread * self.scale + self.shift


@dataclass(frozen=True)
class Pooling:
    """A pooling in (row, column): the largest or the mean of a window that moves by `stride`."""

    kind: Literal["max", "mean"]
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Chain:
    """One number from its pixels to the pooled number, each made from the one before.

    Attributes
    ----------
    pixels, weights
        ndarrays of shape (C, k, k), float64: what the kernel lies on (zeros outside), and the kernel.
    sums
        ndarray of shape (C,): the sum of the products over each map that comes in.
    total
        All sums and the bias.
    norm, normed
        The batch norm and what it makes of the total; without one, None and the total.
    activation, activated
        The name of the activation and what it makes of it; without one, None and the number before.
    window
        ndarray of at most the pooling's size: the activated numbers of which one is kept; empty without.
    pooled
        What the pooling makes of them; None without one, and at an odd border that it leaves out.
    """

    pixels: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float
    norm: Norm | None
    activation: str | None
    window: NDArray[np.float64]
    window_place: tuple[int, int]
    pooling: Pooling | None

    @property
    def sums(self) -> NDArray[np.float64]:
        """The sum of the products over each map that comes in."""
        found: NDArray[np.float64] = (self.pixels * self.weights).sum(axis=(1, 2))
        return found

    @property
    def total(self) -> float:
        """All sums and the bias."""
        return float(self.sums.sum() + self.bias)

    @property
    def normed(self) -> float:
        """What the batch norm makes of the total."""
        return self.norm.apply(self.total) if self.norm else self.total

    @property
    def activated(self) -> float:
        """What the activation makes of it."""
        return activate(self.activation, self.normed) if self.activation else self.normed

    @property
    def pooled(self) -> float | None:
        """What the pooling makes of the window."""
        if self.pooling is None or not self.window.size:
            return None
        return float(self.window.max() if self.pooling.kind == "max" else self.window.mean())


@dataclass(frozen=True, eq=False)
class ConvolutionLayer:
    """A convolution, what follows it, and its maps for one image.

    Attributes
    ----------
    name
        As the network calls it.
    inputs
        ndarray of shape (C, H, W), float32.
    weights, bias
        ndarrays of shape (n_maps, C / groups, k, k) and (n_maps,).
    stride, padding, dilation
        In (row, column); padding is what is added above and to the left.
    norms
        A batch norm for each map, or none.
    activation
        A key of ACTIVATIONS, or None.
    summed, activated
        The network's own maps after the convolution and after the activation, (n_maps, H', W').
    """

    name: str
    inputs: Maps
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    norms: tuple[Norm, ...]
    activation: str | None
    pooling: Pooling | None
    summed: Maps
    activated: Maps

    @property
    def n_maps(self) -> int:
        """How many kernels it has, and so how many maps it makes."""
        return len(self.weights)

    def first_input(self, number: int) -> int:
        """Return the first of the maps that kernel `number` looks at; with one group it is 0."""
        per_group = self.n_maps // self.groups
        return number // per_group * int(self.weights.shape[1])

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Return where the kernel's first weight lies for a place of the map; it may lie outside."""
        return row * self.stride[0] - self.padding[0], column * self.stride[1] - self.padding[1]

    def chain(self, number: int, row: int, column: int) -> Chain:
        """Make the number at (row, column) of map `number` by hand."""
        norm = self.norms[number] if self.norms else None
        window, place = self._window(number, row, column)
        return Chain(
            pixels=self._pixels(number, row, column),
            weights=self.weights[number].astype(np.float64),
            bias=float(self.bias[number]),
            norm=norm,
            activation=self.activation,
            window=window,
            window_place=place,
            pooling=self.pooling,
        )

    def strongest(self) -> tuple[int, int, int]:
        """Return (map, row, column) of the largest activated number away from the border, where films end."""
        height, width = self.activated.shape[1:]
        top, left = height // _BORDER, width // _BORDER
        inner = self.activated[:, top : height - top, left : width - left]
        number, row, column = np.unravel_index(int(inner.argmax()), inner.shape)
        return int(number), int(row) + top, int(column) + left

    def _pixels(self, number: int, row: int, column: int) -> NDArray[np.float64]:
        n_inputs, height, width = self.weights.shape[1:]
        first = self.first_input(number)
        maps = self.inputs[first : first + n_inputs]
        found = np.zeros((n_inputs, height, width))
        top, left = self.corner(row, column)
        for i in range(height):
            for j in range(width):
                y, x = top + i * self.dilation[0], left + j * self.dilation[1]
                if 0 <= y < maps.shape[1] and 0 <= x < maps.shape[2]:
                    found[:, i, j] = maps[:, y, x]
        return found

    def _window(self, number: int, row: int, column: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the numbers that are pooled together with (row, column), and where it stands in them."""
        if self.pooling is None:
            return np.zeros((0, 0)), (0, 0)
        spans = []
        for axis, place in enumerate((row, column)):
            size, stride, padding = (
                part[axis] for part in (self.pooling.size, self.pooling.stride, self.pooling.padding)
            )
            side = self.activated.shape[1 + axis]
            last = max(0, (side + 2 * padding - size) // stride)
            begin = min((place + padding) // stride, last) * stride - padding
            spans.append((max(begin, 0), min(begin + size, side)))
        (top, bottom), (left, right) = spans
        if not (top <= row < bottom and left <= column < right):
            return np.zeros((0, 0)), (0, 0)  # an odd border that the pooling leaves out
        window = self.activated[number, top:bottom, left:right].astype(np.float64)
        return window, (row - top, column - left)
