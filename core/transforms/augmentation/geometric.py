"""Where pixels go: matrices and bends, one for each image, that `resampling` joins into one resampling.

A matrix of shape (3, 3) takes the place of an output pixel to the place in the input where its value is
found. Places are (x, y, 1) in pixels from the middle of the picture, x to the right and y down, so that a
rotation is a rotation whatever the shape of the picture.
"""

import torch
from torch import Tensor

from core.transforms.augmentation.drawing import BatchShape, log_uniform, symmetric, uniform
from core.transforms.augmentation.parameters import (
    CropParameters,
    ElasticParameters,
    FlipParameters,
    RotateParameters,
    ScaleParameters,
    ShearParameters,
    TranslateParameters,
)

# Of each place in a matrix its name, and what stands there unless told.
_PLACES = (
    *(("xx", "1"), ("xy", "0"), ("x", "0")),
    *(("yx", "0"), ("yy", "1"), ("y", "0")),
    *(("", "0"), ("", "0"), ("", "1")),
)


def flip_horizontal(shape: BatchShape, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    """Draw matrices that mirror left and right with the given probability: (n, 3, 3)."""
    return _matrices(xx=_signs(shape.n, parameters, generator))


def flip_vertical(shape: BatchShape, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    """Draw matrices that mirror top and bottom with the given probability: (n, 3, 3)."""
    return _matrices(yy=_signs(shape.n, parameters, generator))


def rotate(shape: BatchShape, parameters: RotateParameters, generator: torch.Generator) -> Tensor:
    """Draw rotations by an angle between -degrees and +degrees, anticlockwise if positive: (n, 3, 3)."""
    angle = torch.deg2rad(symmetric(shape.n, parameters.degrees, generator))
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return _matrices(xx=cosine, xy=-sine, yx=sine, yy=cosine)


def translate(shape: BatchShape, parameters: TranslateParameters, generator: torch.Generator) -> Tensor:
    """Draw shifts, to the right and down if positive: (n, 3, 3)."""
    right, down = (symmetric(shape.n, parameters.distance, generator) for _ in range(2))
    return _matrices(x=-right * shape.width, y=-down * shape.height)


def scale(shape: BatchShape, parameters: ScaleParameters, generator: torch.Generator) -> Tensor:
    """Draw enlargements by a factor between 1 - change and 1 + change: (n, 3, 3)."""
    factor = uniform(shape.n, 1 - parameters.change, 1 + parameters.change, generator)
    return _matrices(xx=1 / factor, yy=1 / factor)


def shear(shape: BatchShape, parameters: ShearParameters, generator: torch.Generator) -> Tensor:
    """Draw slants of columns and of rows by angles between -degrees and +degrees: (n, 3, 3).

    Torchvision's order of the two; areas stay.
    """
    across, down = (
        torch.tan(torch.deg2rad(symmetric(shape.n, parameters.degrees, generator))) for _ in range(2)
    )
    return _matrices(xx=1 + across * down, xy=across, yx=down)


def crop(shape: BatchShape, parameters: CropParameters, generator: torch.Generator) -> Tensor:
    """Draw parts of side between `smallest` and 1, of changed proportions, anywhere inside: (n, 3, 3)."""
    side = uniform(shape.n, parameters.smallest, 1.0, generator)
    stretch = log_uniform(shape.n, parameters.aspect, generator).sqrt()
    width, height = (side * stretch).clamp(max=1), (side / stretch).clamp(max=1)  # fractions of the whole
    x, y = (symmetric(shape.n, 0.5, generator) for _ in range(2))
    return _matrices(xx=width, yy=height, x=x * (1 - width) * shape.width, y=y * (1 - height) * shape.height)


def elastic(shape: BatchShape, parameters: ElasticParameters, generator: torch.Generator) -> Tensor:
    """Draw how far the control points of a smooth bend are moved, in pixels: (n, 2, points + 3, points + 3).

    Control points on a coarse grid as in U-Net (arXiv:1505.04597), joined by cubic B-splines (Rueckert et al.
    1999, doi:10.1109/42.796284): no pixel moves further than the control points around it.
    """
    side = (
        parameters.points + 3
    )  # a cubic spline needs one point before the first field and two after the last
    largest = parameters.displacement * min(shape.height, shape.width)
    return symmetric(shape.n * 2 * side * side, largest, generator).view(shape.n, 2, side, side)


def _signs(n: int, parameters: FlipParameters, generator: torch.Generator) -> Tensor:
    return torch.where(torch.rand(n, generator=generator) < parameters.probability, -1.0, 1.0)


def _matrices(**entries: Tensor) -> Tensor:
    """Return identities with some entries replaced, by name: xx, xy, x in the first row, yx, yy, y below."""
    n = len(next(iter(entries.values())))
    filled = {"0": torch.zeros(n), "1": torch.ones(n), **entries}
    return torch.stack([filled.get(name, filled[other]) for name, other in _PLACES], dim=1).view(n, 3, 3)
