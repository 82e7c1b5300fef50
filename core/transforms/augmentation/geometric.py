"""Where pixels go: matrices and bends, one for each image, that `resampling` joins into one resampling.

A matrix of shape (3, 3) takes the place of an output pixel to the place in the input where its value is
found. Places are (x, y, 1) in pixels from the middle of the picture, x to the right and y down, so that a
rotation is a rotation whatever the shape of the picture.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.transforms.augmentation.drawing import BatchShape, Numbers, log_uniform, symmetric, uniform
from core.transforms.augmentation.parameters import (
    CropParameters,
    ElasticParameters,
    FlipParameters,
    RotateParameters,
    ScaleParameters,
    ShearParameters,
    TranslateParameters,
)

_Entries = NDArray[np.floating[Any]] | float


def flip_horizontal(shape: BatchShape, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    """Draw matrices that mirror left and right with the given probability: (n, 3, 3)."""
    return _matrices(shape.n, xx=_signs(shape.n, parameters, generator))


def flip_vertical(shape: BatchShape, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    """Draw matrices that mirror top and bottom with the given probability: (n, 3, 3)."""
    return _matrices(shape.n, yy=_signs(shape.n, parameters, generator))


def rotate(shape: BatchShape, parameters: RotateParameters, generator: torch.Generator) -> Tensor:
    """Draw rotations by an angle between -degrees and +degrees, anticlockwise if positive: (n, 3, 3)."""
    angle = np.deg2rad(symmetric(shape.n, parameters.degrees, generator))
    cosine, sine = np.cos(angle), np.sin(angle)
    return _matrices(shape.n, xx=cosine, xy=-sine, yx=sine, yy=cosine)


def translate(shape: BatchShape, parameters: TranslateParameters, generator: torch.Generator) -> Tensor:
    """Draw shifts, to the right and down if positive: (n, 3, 3)."""
    right, down = (symmetric(shape.n, parameters.distance, generator) for _ in range(2))
    return _matrices(shape.n, x=-right * shape.width, y=-down * shape.height)


def scale(shape: BatchShape, parameters: ScaleParameters, generator: torch.Generator) -> Tensor:
    """Draw enlargements by a factor between 1 - change and 1 + change: (n, 3, 3)."""
    factor = uniform(shape.n, 1 - parameters.change, 1 + parameters.change, generator)
    return _matrices(shape.n, xx=1 / factor, yy=1 / factor)


def shear(shape: BatchShape, parameters: ShearParameters, generator: torch.Generator) -> Tensor:
    """Draw slants of columns and of rows by angles between -degrees and +degrees: (n, 3, 3).

    Torchvision's order of the two; areas stay.
    """
    across, down = (np.tan(np.deg2rad(symmetric(shape.n, parameters.degrees, generator))) for _ in range(2))
    return _matrices(shape.n, xx=1 + across * down, xy=across, yx=down)


def crop(shape: BatchShape, parameters: CropParameters, generator: torch.Generator) -> Tensor:
    """Draw parts of side between `smallest` and 1, of changed proportions, anywhere inside: (n, 3, 3)."""
    side = uniform(shape.n, parameters.smallest, 1.0, generator)
    stretch = np.sqrt(log_uniform(shape.n, parameters.aspect, generator))
    width, height = np.minimum(side * stretch, 1), np.minimum(side / stretch, 1)  # fractions of the whole
    x, y = (symmetric(shape.n, 0.5, generator) for _ in range(2))
    return _matrices(
        shape.n, xx=width, yy=height, x=x * (1 - width) * shape.width, y=y * (1 - height) * shape.height
    )


def elastic(shape: BatchShape, parameters: ElasticParameters, generator: torch.Generator) -> Tensor:
    """Draw how far the control points of a smooth bend are moved, in pixels: (n, 2, points + 3, points + 3).

    Control points on a coarse grid as in U-Net (arXiv:1505.04597), joined by cubic B-splines (Rueckert et al.
    1999, doi:10.1109/42.796284): no pixel moves further than the control points around it.
    """
    side = parameters.points + 3  # a cubic spline needs one point before the first field, two after the last
    largest = parameters.displacement * min(shape.height, shape.width)
    moves = symmetric(shape.n * 2 * side * side, largest, generator)
    return torch.from_numpy(moves.reshape(shape.n, 2, side, side))


def _signs(n: int, parameters: FlipParameters, generator: torch.Generator) -> Numbers:
    return np.where(uniform(n, 0, 1, generator) < parameters.probability, np.float32(-1), np.float32(1))


def _matrices(
    n: int,
    *,
    xx: _Entries = 1.0,
    xy: _Entries = 0.0,
    x: _Entries = 0.0,
    yx: _Entries = 0.0,
    yy: _Entries = 1.0,
    y: _Entries = 0.0,
) -> Tensor:
    """Return identities with some entries replaced: xx, xy, x in the first row, yx, yy, y below."""
    filled = np.zeros((n, 3, 3), np.float32)
    for place, entry in enumerate((xx, xy, x, yx, yy, y)):
        filled[:, place // 3, place % 3] = entry
    filled[:, 2, 2] = 1
    return torch.from_numpy(filled)
