"""Filters: each new pixel from the old ones around it.

Beyond the picture's edge the edge's own value goes on. Colour: Gaussian, median and unsharp treat each
channel by itself; the bilateral filter weighs all three channels alike, by the sum of their differences.
Gaussian and median may stand before the window: in whatever unit, they never leave the range of the values
before them.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from core.language import N_, Message
from core.transforms.preprocessing.filter_parameters import (
    BilateralParameters,
    GaussianParameters,
    MedianParameters,
    UnsharpParameters,
)
from core.transforms.preprocessing.picture import VALUE, Picture
from core.transforms.preprocessing.telling import tell_around

_TRUNCATE: Final = 4.0  # sigmas: what lies farther away weighs less than 0.04 %
_AT_ONCE: Final = 1 << 22  # numbers that the median sorts at a time

Pixels = NDArray[np.float32]


def gaussian(picture: Picture, parameters: GaussianParameters) -> Picture:
    """Take the mean of the neighbours within four sigmas, weighted by a bell curve."""
    pixels = _blurred(picture.pixels, parameters.sigma)
    text = N_("Gaussian mean of the {side} x {side} around it, {low} to {high}: {before} -> {after}")
    tell = tell_around(text, pixels, round(_TRUNCATE * parameters.sigma))
    formula = Message(text=N_("Gaussian mean, sigma {sigma:.3g} pixels"), values={"sigma": parameters.sigma})
    return picture.after(pixels, formula, tell=tell)


def median(picture: Picture, parameters: MedianParameters) -> Picture:
    """Take the middle value of a square: single false pixels vanish, edges stay sharp."""
    radius = parameters.size // 2
    planes = [_median(picture.pixels[:, :, channel], radius) for channel in range(picture.pixels.shape[2])]
    pixels = np.stack(planes, axis=2)
    text = N_("median of {n} values, {low} to {high}: {before} -> {after}")
    formula = Message(text=N_("median of {n} values"), values={"n": parameters.size**2})
    return picture.after(pixels, formula, tell=tell_around(text, pixels, radius))


def bilateral(picture: Picture, parameters: BilateralParameters) -> Picture:
    """Take the mean of near neighbours that are alike: Tomasi and Manduchi, doi:10.1109/ICCV.1998.710815.

    Neighbours count within a circle of twice `sigma_space`, as in OpenCV.
    """
    radius = int(np.ceil(2 * parameters.sigma_space))
    pixels = _bilateral(picture.pixels, parameters, radius)
    text = N_("mean of what is alike in the {side} x {side} around it, {low} to {high}: {before} -> {after}")
    formula = Message(
        text=N_("mean of the neighbours that differ by about {sigma:.3g} at most"),
        values={"sigma": parameters.sigma_range},
    )
    return picture.after(pixels, formula, tell=tell_around(text, pixels, radius))


def unsharp(picture: Picture, parameters: UnsharpParameters) -> Picture:
    """Add what a blur takes away; what leaves [0, 1] is cut off."""
    blurred = _blurred(picture.pixels, parameters.sigma)
    amount = np.float32(parameters.amount)
    pixels = np.clip(picture.pixels + amount * (picture.pixels - blurred), 0, 1)
    formula = Message(
        text=N_("{value} + {amount:.3g} x ({value} - its blur), kept within 0 and 1"),
        values={"value": VALUE, "amount": parameters.amount},
    )
    text = N_("{before} + {amount} x ({before} - its blur {blurred}), kept within 0 and 1: {after}")
    radius = round(_TRUNCATE * parameters.sigma)
    tell = tell_around(text, pixels, radius, blurred=blurred, amount=parameters.amount)
    return picture.after(pixels, formula, tell=tell)


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    blurred = ndimage.gaussian_filter(pixels, (sigma, sigma, 0), mode="nearest", truncate=_TRUNCATE)
    # Rounding may leave the range by its last bit; no mean is beyond what it is the mean of.
    return np.asarray(np.clip(blurred, pixels.min(), pixels.max()), dtype=np.float32)


def _median(plane: Pixels, radius: int) -> Pixels:
    side = 2 * radius + 1
    squares = sliding_window_view(np.pad(plane, radius, mode="edge"), (side, side))  # (H, W, side, side)
    result, middle = np.empty_like(plane), side**2 // 2
    n_rows = max(1, _AT_ONCE // (plane.shape[1] * side**2))
    for first in range(0, len(plane), n_rows):
        flat = squares[first : first + n_rows].reshape(-1, side**2)
        part = np.partition(flat, middle, axis=1)[:, middle]
        result[first : first + n_rows] = part.reshape(-1, plane.shape[1])
    return result


def _bilateral(pixels: Pixels, parameters: BilateralParameters, radius: int) -> Pixels:
    """Return the weighted means, all pixels at once, one neighbour's place after the other."""
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))  # (H, W, C) -> (C, H, W)
    height, width = planes.shape[1:]
    padded = np.pad(planes, ((0, 0), (radius, radius), (radius, radius)), mode="edge")
    total, weights = np.zeros_like(planes), np.zeros((height, width), dtype=np.float32)
    per_range, per_space = -0.5 / parameters.sigma_range**2, -0.5 / parameters.sigma_space**2
    for down, across in _circle(radius):
        rows, columns = slice(radius + down, radius + down + height), radius + across
        neighbour = padded[:, rows, columns : columns + width]
        apart = np.zeros_like(weights)
        for plane, other in zip(planes, neighbour, strict=True):
            apart += np.abs(plane - other)
        square = np.float32(per_space * (down**2 + across**2))
        weight = np.exp(np.square(apart) * np.float32(per_range) + square)
        total += weight * neighbour
        weights += weight
    result = np.clip(total / weights, 0, 1)  # the middle's own weight is 1: never divided by 0
    return np.asarray(result.transpose(1, 2, 0), dtype=np.float32)


def _circle(radius: int) -> list[tuple[int, int]]:
    side = range(-radius, radius + 1)
    return [(down, across) for down in side for across in side if down**2 + across**2 <= radius**2]
