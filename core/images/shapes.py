"""The size and the shape of a lesion, in millimetres, from its mask: what a report calls "14 x 9 mm, round".

Covers: one region in one slice, square pixels or not.
Does not cover: volume, and what lies between the slices: a lesion that is cut off-centre measures smaller.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from core.errors import InvalidValueError
from core.language import N_

# Steps (rows, columns) along which boundaries are counted: eight directions over half a turn.
_STEPS: Final = ((0, 1), (1, 2), (1, 1), (2, 1), (1, 0), (2, -1), (1, -1), (1, -2))
_EDGES: Final = ((-0.5, 0.0), (0.5, 0.0), (0.0, -0.5), (0.0, 0.5))  # middles of a pixel's four sides


@dataclass(frozen=True)
class LesionMeasures:
    """What can be measured on a mask.

    Attributes
    ----------
    area_mm2
        Pixels times the area of one.
    longest_diameter_mm
        The greatest distance of two points of the outline (maximum Feret diameter; what RECIST 1.1 measures).
    equivalent_diameter_mm
        Diameter of the circle that has this area.
    perimeter_mm
        Length of the outline.
    roundness
        4 pi area / perimeter squared: 1 for a circle, pi / 4 = 0.79 for a square, near 0 for a thread. Within
        a few per cent; of fewer than some 30 pixels it says little.
    n_pixels
        How many pixels all this rests on.
    """

    area_mm2: float
    longest_diameter_mm: float
    equivalent_diameter_mm: float
    perimeter_mm: float
    roundness: float
    n_pixels: int


def measure_lesion(mask: NDArray[np.bool_], pixel_spacing_mm: tuple[float, float]) -> LesionMeasures:
    """Measure a region.

    Parameters
    ----------
    mask
        ndarray of shape (H, W), bool.
    pixel_spacing_mm
        (row, column) distance of pixel centres, as in DICOM's Pixel Spacing (PS3.3 10.7.1.3).

    Raises
    ------
    InvalidValueError
        If nothing is marked, or the spacing is not positive.
    """
    if not mask.any():
        raise InvalidValueError(N_("There is nothing to measure: no pixel is marked."))
    if not min(pixel_spacing_mm) > 0:
        raise InvalidValueError(
            N_("A pixel cannot measure {down} x {across} mm; give two positive numbers."),
            down=pixel_spacing_mm[0],
            across=pixel_spacing_mm[1],
        )
    n_pixels = int(mask.sum())
    area_mm2 = n_pixels * pixel_spacing_mm[0] * pixel_spacing_mm[1]
    perimeter_mm = _perimeter_mm(mask, pixel_spacing_mm)
    return LesionMeasures(
        area_mm2=area_mm2,
        longest_diameter_mm=_longest_mm(mask, pixel_spacing_mm),
        equivalent_diameter_mm=float(2 * np.sqrt(area_mm2 / np.pi)),
        perimeter_mm=perimeter_mm,
        roundness=float(4 * np.pi * area_mm2 / perimeter_mm**2),
        n_pixels=n_pixels,
    )


def largest_region(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest connected part of a mask (corners connect), ndarray of its shape."""
    labels, n_regions = ndimage.label(mask, structure=np.ones((3, 3)))
    if n_regions < 2:
        return mask
    largest: NDArray[np.bool_] = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return largest


def count_regions(mask: NDArray[np.bool_]) -> int:
    """Return of how many connected parts a mask is made."""
    return int(ndimage.label(mask, structure=np.ones((3, 3)))[1])


def _longest_mm(mask: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> float:
    """Return the greatest distance between the middles of the outermost pixels' sides."""
    rim = mask & ~ndimage.binary_erosion(mask)
    centres = np.argwhere(rim)
    points = np.concatenate([centres + edge for edge in _EDGES]) * spacing_mm  # (4 n, 2) in mm
    return float(pdist(points[ConvexHull(points).vertices]).max())


def _perimeter_mm(mask: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> float:
    """Return the length of the outline by Crofton's formula: count how often parallel lines cross it.

    A staircase of pixels is longer than the line that it stands for; counting crossings is not misled by
    it. L = 1/2 sum over directions of (angle it stands for) x (distance of its lines) x (crossings): Legland,
    Kiêu and Devaux, Image Analysis & Stereology 2007, 26:83, here for pixels that need not be square.
    """
    padded = np.pad(mask, 2)
    down_mm, across_mm = spacing_mm
    angles = np.array([np.arctan2(row * down_mm, column * across_mm) for row, column in _STEPS])
    length_mm = 0.0
    for (row, column), share in zip(_STEPS, _shares_of_half_turn(angles), strict=True):
        crossings = np.count_nonzero(padded != np.roll(padded, (row, column), axis=(0, 1)))
        lines_mm = down_mm * across_mm / np.hypot(row * down_mm, column * across_mm)
        length_mm += 0.5 * share * lines_mm * crossings
    return float(length_mm)


def _shares_of_half_turn(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle that each direction stands for: half-way to its neighbours; together half a turn."""
    around = np.concatenate([[angles[-1] - np.pi], angles, [angles[0] + np.pi]])
    return np.asarray((around[2:] - around[:-2]) / 2)
