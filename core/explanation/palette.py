"""The colours of a map: transparent where it says nothing, and safe for the colour-blind.

Signed maps go from blue (against) through nothing to orange (for), Okabe and Ito's blue and vermilion;
unsigned ones from dark violet to pale yellow, the anchors of the inferno scale.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

AGAINST: Final = (0, 114, 178)
FOR: Final = (230, 120, 0)
RISING: Final = ((20, 11, 53), (101, 21, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))

BRIGHTEST: Final = 99.5  # percentile that gets the full colour: one hot pixel must not dim the rest


def full_strength(values: NDArray[np.float32]) -> float:
    """Return the size of a value that gets the full colour; 0 for a map that says nothing."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(np.percentile(sizes, BRIGHTEST)) or float(sizes.max()) if sizes.size else 0.0


def paint(values: NDArray[np.float32], *, signed: bool, weakest: float = 0.0) -> NDArray[np.uint8]:
    """Colour a map.

    Parameters
    ----------
    values
        ndarray of shape (H, W); NaN where the map does not reach.
    signed
        Whether values below 0 speak against.
    weakest
        Values smaller than this share of the full colour are left out.

    Returns
    -------
    ndarray of shape (H, W, 4), uint8: red, green, blue, and how opaque: 0 at a value of 0 and where there
    is none.
    """
    full = full_strength(values) or 1.0
    strength = np.clip(np.abs(np.nan_to_num(values)).astype(np.float64) / full, 0, 1)  # (H, W)
    strength[strength < weakest] = 0
    if signed:
        colour = np.where(np.nan_to_num(values)[..., None] < 0, AGAINST, FOR)  # (H, W, 3)
    else:
        colour = _rising(strength)
    return np.dstack([colour, 255 * strength]).round().astype(np.uint8)


def colour_bar(width: int, height: int, *, signed: bool) -> NDArray[np.uint8]:
    """Return a bar of the colours on mid-grey, lowest left: ndarray of shape (height, width, 3), uint8."""
    values = np.linspace(-1 if signed else 0, 1, width, dtype=np.float32)
    rgba = paint(np.tile(values, (height, 1)), signed=signed)
    return blend(np.full((height, width, 3), 128, dtype=np.uint8), rgba, 1.0)


def blend(picture: NDArray[np.uint8], rgba: NDArray[np.uint8], opacity: float) -> NDArray[np.uint8]:
    """Lay a painted map (H, W, 4) over a picture (H, W, 3); an opacity of 0 shows the picture alone."""
    alpha = rgba[..., 3:] / 255 * opacity
    mixed: NDArray[np.float64] = picture * (1 - alpha) + rgba[..., :3] * alpha
    return mixed.round().astype(np.uint8)


def _rising(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.linspace(0, 1, len(RISING))
    channels = [np.interp(strength, places, [anchor[channel] for anchor in RISING]) for channel in range(3)]
    return np.stack(channels, axis=-1)  # (H, W) -> (H, W, 3)
