"""A convolution by hand, in numpy: nine pixels times nine weights, written down as one number.

It is what the first layer of `small_cnn` does with one channel and one kernel: 3 x 3, zeros around the
picture, no bias. Strictly a cross-correlation, like everybody's convolution layer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.language import N_


@dataclass(frozen=True)
class Kernel:
    """A named kernel: three rows of three weights, and what it does to a picture."""

    name: str
    title: str
    summary: str
    weights: tuple[tuple[float, float, float], ...]

    @property
    def values(self) -> NDArray[np.float32]:
        """The weights, ndarray of shape (3, 3)."""
        return np.array(self.weights, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class ConvolutionStep:
    """One position of a kernel: nine pixels, nine weights, nine products (each (3, 3)) and their sum."""

    pixels: NDArray[np.float32]
    weights: NDArray[np.float32]
    products: NDArray[np.float32]
    total: float


@dataclass(frozen=True, eq=False)
class Convolved:
    """A picture's way through one block: the map (H, W), after ReLU, and after pooling (H // 2, W // 2).

    `strongest` is the largest size of a number in the map.
    """

    output: NDArray[np.float32]
    rectified: NDArray[np.float32]
    pooled: NDArray[np.float32]
    strongest: float

    @property
    def strongest_place(self) -> tuple[int, int]:
        """(row, column) of the largest number of the map; not at its border, where the zeros around count."""
        inner = self.output[1:-1, 1:-1]
        row, column = np.unravel_index(int(inner.argmax()), inner.shape)
        return int(row) + 1, int(column) + 1


_NINTH: Final = 1 / 9

KERNELS: Final[dict[str, Kernel]] = {
    "vertical_edge": Kernel(
        name="vertical_edge",
        title=N_("Vertical edge"),
        summary=N_("Right minus left: large where the picture turns brighter from left to right."),
        weights=((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
    ),
    "horizontal_edge": Kernel(
        name="horizontal_edge",
        title=N_("Horizontal edge"),
        summary=N_("Below minus above: large where the picture turns brighter downwards."),
        weights=((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
    ),
    "blur": Kernel(
        name="blur",
        title=N_("Blur"),
        summary=N_("The mean of nine pixels: noise shrinks, and so does detail."),
        weights=((_NINTH, _NINTH, _NINTH),) * 3,
    ),
    "sharpen": Kernel(
        name="sharpen",
        title=N_("Sharpen"),
        summary=N_("The pixel five times, less its four neighbours: what differs from them stands out."),
        weights=((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    ),
}


def convolve(picture: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Slide a kernel over a picture with zeros around it.

    Parameters
    ----------
    picture
        ndarray of shape (H, W), float32.
    weights
        ndarray of shape (3, 3).

    Returns
    -------
    ndarray of shape (H, W), float32.
    """
    places = sliding_window_view(np.pad(picture, 1), (3, 3))  # (H, W, 3, 3)
    sums: NDArray[np.float32] = np.einsum("hwij,ij->hw", places, weights).astype(np.float32)
    return sums


def step_at(
    picture: NDArray[np.float32], weights: NDArray[np.float32], row: int, column: int
) -> ConvolutionStep:
    """Return the sum that gives the output pixel (row, column)."""
    pixels = np.pad(picture, 1)[row : row + 3, column : column + 3]
    products = (pixels * weights).astype(np.float32)
    return ConvolutionStep(pixels, weights, products, float(products.sum()))


def relu(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Set negative numbers to 0."""
    positive: NDArray[np.float32] = np.maximum(values, 0)
    return positive


def max_pool(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keep the largest of each 2 x 2 numbers: (H, W) -> (H // 2, W // 2)."""
    height, width = values.shape[0] // 2, values.shape[1] // 2
    blocks = values[: 2 * height, : 2 * width].reshape(height, 2, width, 2)
    pooled: NDArray[np.float32] = blocks.max(axis=(1, 3))
    return pooled


def run_block(picture: NDArray[np.float32], weights: NDArray[np.float32]) -> Convolved:
    """Convolve, set negative numbers to 0, keep the largest of four: a block without its norm."""
    output = convolve(picture, weights)
    rectified = relu(output)
    return Convolved(output, rectified, max_pool(rectified), float(np.abs(output).max()))


def pool_at(values: NDArray[np.float32], row: int, column: int) -> NDArray[np.float32]:
    """Return the 2 x 2 numbers in which (row, column) lies; fewer at an odd border."""
    top, left = row // 2 * 2, column // 2 * 2
    return values[top : top + 2, left : left + 2]
