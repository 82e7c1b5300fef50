"""A coarse description of a picture that needs no network: what a network's features may not tell.

A network whose features are means over the picture hardly sees that a film stands on its head. Measured on
chest films and small_cnn, each score alone at 5 % false alarms: the distance of the features missed 18 of 40
upside-down films and 29 of 40 blurred ones, this one none.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

_PLACES: Final = 8  # a side: where it is bright
_DETAIL_PLACES: Final = 8  # a side: where it is rich in detail
_LEVELS: Final = 16  # greys that are counted
_DETAIL_SIGMA: Final = 1.0  # pixels: finer is detail
_LEAST_DETAIL: Final = 1e-6  # of the mean square, where white is 1: what 8 bits cannot tell


def describe(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return brightness by place for each channel, detail by place, and how often each grey occurs.

    Parameters
    ----------
    pixels
        ndarray of shape (n, C, H, W), float32 in [0, 1]: after the image steps of the preprocessing.

    Returns
    -------
    ndarray of shape (n, 64 C + 64 + 16), float32.
    """
    return np.stack([_describe(one) for one in pixels]).astype(np.float32)


def _describe(picture: NDArray[np.float32]) -> NDArray[np.floating]:
    grey = picture.mean(axis=0)  # (C, H, W) -> (H, W)
    fine = (grey - gaussian_filter(grey, _DETAIL_SIGMA)) ** 2
    counts = np.histogram(grey, bins=_LEVELS, range=(0, 1))[0]
    return np.concatenate(
        [
            *(_by_place(channel, _PLACES).ravel() for channel in picture),
            np.log(_by_place(fine, _DETAIL_PLACES) + _LEAST_DETAIL).ravel(),
            np.sqrt(counts / grey.size),  # Hellinger: rare greys count too
        ]
    )


def _by_place(plane: NDArray[np.float32], n: int) -> NDArray[np.float64]:
    """Return the means over n x n parts of about equal size, (H, W) -> (n, n); H and W at least n."""
    height, width = plane.shape
    rows, columns = (np.arange(n) * side // n for side in (height, width))
    sums = np.add.reduceat(np.add.reduceat(plane.astype(np.float64), rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    return np.asarray(sums / areas, dtype=np.float64)
