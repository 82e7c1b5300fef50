"""Pictures whose frequencies are known, for judging what a resampling does: lines and a zone plate."""

import numpy as np
from numpy.typing import NDArray


def line_pattern(size: int, *, frequency: float, angle_degrees: float = 0.0) -> NDArray[np.float32]:
    """Draw bright and dark lines whose brightness is a cosine.

    Parameters
    ----------
    size
        Side of the square picture in pixels.
    frequency
        Line pairs (one bright and one dark line) a pixel; what a picture can hold ends at 0.5.
    angle_degrees
        The direction in which the brightness changes: 0 along the rows, 90 along the columns.

    Returns
    -------
    ndarray of shape (size, size), float32 in [0, 1].
    """
    rows, columns = np.mgrid[:size, :size]
    angle = np.deg2rad(angle_degrees)
    along = np.cos(angle) * columns + np.sin(angle) * rows
    lines: NDArray[np.float32] = (0.5 + 0.5 * np.cos(2 * np.pi * frequency * along)).astype(np.float32)
    return lines


def zone_plate(size: int, *, highest: float = 0.5) -> NDArray[np.float32]:
    """Draw rings that become finer outwards: r pixels from the middle there are 2 highest r / size a pixel.

    Parameters
    ----------
    size
        Side of the square picture in pixels.
    highest
        Rings (bright and dark) a pixel in the middle of each border; the corners would have more: stay grey.

    Returns
    -------
    ndarray of shape (size, size), float32 in [0, 1].
    """
    middle = (size - 1) / 2
    rows, columns = np.mgrid[:size, :size] - middle
    squared = rows**2 + columns**2
    # the phase is 2 pi times the integral of the local frequency over r
    rings = 0.5 + 0.5 * np.cos(2 * np.pi * highest * squared / size)
    return np.where(squared <= (size / 2) ** 2, rings, 0.5).astype(np.float32)
