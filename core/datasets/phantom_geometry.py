"""Shapes that an X-ray beam can cross: where it enters and leaves a solid, and how far it runs in a tube.

Coordinates are those of a body standing before the detector, in cm: x to the right of the film (the
patient's left), y downward, z from the chest (front) to the back. The beam runs along z, so a film point
(x, y) sees every solid as one interval in z, and a row y of the same solids is an axial slice: one volume,
two pictures.

Covers: parallel beam, solids that are one interval along the beam, round tubes.
Does not cover: magnification (a real source is a point, 180 cm away).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.interpolate import PchipInterpolator

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Solid:
    """A body as the interval that it occupies along the beam at each film point.

    Parameters
    ----------
    front_cm, back_cm
        Depth where the beam is inside: ndarrays of one shape, z in cm; empty where back <= front.
    """

    front_cm: FloatArray
    back_cm: FloatArray

    @property
    def thickness_cm(self) -> FloatArray:
        """Path length of the beam, ndarray >= 0."""
        return np.maximum(self.back_cm - self.front_cm, 0)

    def contains(self, z_cm: FloatArray | float) -> BoolArray:
        """Tell where depth `z_cm` lies inside."""
        return (self.front_cm < z_cm) & (z_cm < self.back_cm)

    def __and__(self, other: "Solid") -> "Solid":
        return Solid(np.maximum(self.front_cm, other.front_cm), np.minimum(self.back_cm, other.back_cm))


def thickness_outside_cm(solid: Solid, first: Solid, second: Solid) -> FloatArray:
    """Path length in `solid` outside of both `first` and `second` (inclusion and exclusion).

    Returns
    -------
    ndarray of the solids' shape, cm, >= 0.
    """
    in_first, in_second = solid & first, solid & second
    covered = in_first.thickness_cm + in_second.thickness_cm - (in_first & second).thickness_cm
    return np.maximum(solid.thickness_cm - covered, 0)


def around(centre_cm: FloatArray | float, half_depth_cm: FloatArray) -> Solid:
    """Make the solid that reaches `half_depth_cm` to the front and to the back of `centre_cm`."""
    return Solid(centre_cm - half_depth_cm, centre_cm + half_depth_cm)


def ellipsoid(
    x_cm: FloatArray,
    y_cm: FloatArray,
    centre_cm: tuple[float, float, float],
    radii_cm: tuple[float, float, float],
    *,
    power: float = 2.0,
) -> Solid:
    """Make a superellipsoid; power 2 is an ellipsoid, and with equal radii a sphere.

    A sphere of radius r at distance d from the beam is crossed over 2 sqrt(r^2 - d^2).
    """
    left_over = 1 - np.abs((x_cm - centre_cm[0]) / radii_cm[0]) ** power
    left_over = left_over - np.abs((y_cm - centre_cm[1]) / radii_cm[1]) ** power
    return around(centre_cm[2], radii_cm[2] * np.maximum(left_over, 0) ** (1 / power))


def rounded_depth(fraction: FloatArray, power: float) -> FloatArray:
    """Half-depth of a superellipse of half-depth 1 at `fraction` of its half-width; 0 from the edge on."""
    return np.asarray((1 - np.minimum(np.abs(fraction), 1) ** power) ** (1 / power))


@dataclass(frozen=True)
class Profile:
    """A length that changes with the height in the body, smooth between the given heights.

    Parameters
    ----------
    knots
        (y_cm, length_cm) from the head downward; flat beyond the ends.
    """

    knots: tuple[tuple[float, float], ...]

    def __call__(self, y_cm: FloatArray) -> FloatArray:
        """Return the length at each height, ndarray of the shape of `y_cm`."""
        curve = _curve(self.knots)
        return np.asarray(curve(np.clip(y_cm, self.knots[0][0], self.knots[-1][0])))


@lru_cache(maxsize=64)
def _curve(knots: tuple[tuple[float, float], ...]) -> PchipInterpolator:
    y_cm, length_cm = zip(*knots, strict=True)
    return PchipInterpolator(y_cm, length_cm)


@dataclass(frozen=True)
class Tube:
    """A bent tube: a ball of one radius moved along a centre line.

    Parameters
    ----------
    points_cm
        Centre line as ndarray of shape (N, 3), close together.
    lengths_cm
        Length of centre line that each point stands for, ndarray of shape (N,).
    radius_cm
        Radius.
    """

    points_cm: FloatArray
    lengths_cm: FloatArray
    radius_cm: float

    def part(self, keep: BoolArray) -> "Tube":
        """Return the part of the tube at the points where `keep` is true."""
        return Tube(self.points_cm[keep], self.lengths_cm[keep], self.radius_cm)


def tube_along(corners_cm: ArrayLike, radius_cm: float, *, step_cm: float = 0.1) -> Tube:
    """Make a tube along a line through `corners_cm`, ndarray of shape (K, 3)."""
    corners = np.asarray(corners_cm, dtype=float)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    n_points = max(int(np.ceil(along[-1] / step_cm)), 1)
    middle = (np.arange(n_points) + 0.5) * along[-1] / n_points
    points = np.stack([np.interp(middle, along, corners[:, axis]) for axis in range(3)], axis=1)
    return Tube(points, np.full(n_points, along[-1] / n_points), radius_cm)


def joined(tubes: "list[Tube]") -> Tube:
    """Join tubes of one radius into one."""
    points = np.concatenate([tube.points_cm for tube in tubes])
    lengths = np.concatenate([tube.lengths_cm for tube in tubes])
    return Tube(points, lengths, tubes[0].radius_cm)


@dataclass(frozen=True)
class PlacedTube:
    """A tube seen on a film: where its centre line falls, and how much a cm of it counts.

    Parameters
    ----------
    rows, columns
        Places of the points on the grid, in pixels, ndarrays of shape (N,).
    lengths_cm
        Length of centre line that each point stands for, ndarray of shape (N,).
    radius_pixels
        Radius on the grid.
    weight
        Factor of the path length: 1, or the tube's contrast in 1/cm.
    """

    rows: FloatArray
    columns: FloatArray
    lengths_cm: FloatArray
    radius_pixels: float
    weight: float = 1.0


def tubes_path(tubes: Sequence[PlacedTube], shape: tuple[int, int]) -> FloatArray:
    """Weighted path length of the beam in tubes, right also where a tube runs along the beam.

    Each bit of centre line spreads its length over a disk of the tube's radius. Summed over a straight line
    across the beam this is the chord 2 sqrt(r^2 - d^2); over a line at angle a to the beam it is that chord /
    sin(a). So a tube is its centre line, weighted by length, convolved with a disk: a product of Fourier
    transforms.

    Returns
    -------
    ndarray of `shape` (H, W), cm times the tubes' weights.
    """
    reach = max(int(tube.radius_pixels) + 2 for tube in tubes)
    padded = (next_fast_len(shape[0] + reach, real=True), next_fast_len(shape[1] + reach, real=True))
    spectrum = np.zeros((padded[0], padded[1] // 2 + 1), np.complex128)
    for tube in tubes:
        lengths = _deposit(tube.lengths_cm * tube.weight, tube.rows, tube.columns, shape)
        spectrum += rfft2(lengths, padded) * _disk_spectrum(round(tube.radius_pixels, 2), padded)
    path: FloatArray = irfft2(spectrum, padded)[: shape[0], : shape[1]]
    return path


def _deposit(values: FloatArray, rows: FloatArray, columns: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Share each value among the four pixels around its place; what falls outside the grid is lost."""
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    places, shares = [], []
    for row, row_share in ((top, 1 - down), (top + 1, down)):
        for column, column_share in ((left, 1 - right), (left + 1, right)):
            inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
            places.append((row * shape[1] + column)[inside])
            shares.append((values * row_share * column_share)[inside])
    total = np.bincount(np.concatenate(places), np.concatenate(shares), minlength=shape[0] * shape[1])
    return np.asarray(total.reshape(shape), dtype=float)


@lru_cache(maxsize=128)
def _disk_spectrum(radius_pixels: float, shape: tuple[int, int]) -> NDArray[np.complex128]:
    """Fourier transform of a disk about pixel (0, 0): the share of each pixel that lies within the radius."""
    reach = int(np.ceil(radius_pixels)) + 1
    side = 2 * reach + 1
    fine = (np.arange(side * 8) + 0.5) / 8 - reach - 0.5
    inside = fine[:, None] ** 2 + fine[None, :] ** 2 < radius_pixels**2
    disk = np.zeros(shape)
    disk[:side, :side] = inside.reshape(side, 8, side, 8).mean(axis=(1, 3))
    spectrum: NDArray[np.complex128] = rfft2(np.roll(disk, (-reach, -reach), axis=(0, 1)))
    return spectrum
