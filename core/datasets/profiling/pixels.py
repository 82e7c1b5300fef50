"""What one picture is reduced to: a thumbnail, its grey levels, its frame and its corners.

All is measured on the picture as a viewer shows it, for that is what a network is given.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.images.display import to_uint8
from core.images.records import MedicalImage
from core.language import N_

THUMBNAIL: Final = 32  # pixels a side
MEAN_SIDE: Final = 64  # of the mean image of a class
N_LEVELS: Final = 64  # bars of a grey-level histogram
_FRAME: Final = 0.05  # of the shorter side
_CORNER: Final = 0.15
_LEVELS: Final = np.arange(256) / 255
_BLACK, _WHITE = 5, 250  # shown levels that count as black and as white

BRIGHTNESS: Final = (
    N_("mean brightness (0 black to 1 white)"),
    N_("contrast: standard deviation of the brightness"),
    N_("darkest 5 % of the picture: brightness"),
    N_("darker quarter of the picture: brightness"),
    N_("median brightness"),
    N_("brighter quarter of the picture: brightness"),
    N_("brightest 5 % of the picture: brightness"),
    N_("share of black pixels"),
    N_("share of white pixels"),
)
FRAME: Final = (
    N_("top edge: mean brightness"),
    N_("bottom edge: mean brightness"),
    N_("left edge: mean brightness"),
    N_("right edge: mean brightness"),
    N_("outer frame: standard deviation of the brightness"),
    N_("outer frame: share of black pixels"),
    N_("outer frame: share of white pixels"),
    N_("top left corner: mean brightness"),
    N_("top right corner: mean brightness"),
    N_("bottom left corner: mean brightness"),
    N_("bottom right corner: mean brightness"),
    N_("top left corner: brightest point"),
    N_("top right corner: brightest point"),
    N_("bottom left corner: brightest point"),
    N_("bottom right corner: brightest point"),
)


@dataclass(frozen=True, eq=False)
class Measures:
    """One picture in numbers.

    Attributes
    ----------
    thumbnail
        ndarray of shape (32, 32), uint8: shown grey levels, stretched to a square.
    small
        ndarray of shape (64, 64, 3), uint8: the same in colour, for the mean image.
    levels
        ndarray of shape (64,), float32: the share of the pixels at each shown grey level, from black.
    brightness
        ndarray of shape (9,), float32: see BRIGHTNESS.
    frame
        ndarray of shape (15,), float32: see FRAME. The frame is the outer 5 % on each side, a corner a
        square of 15 % of the shorter side.
    """

    thumbnail: NDArray[np.uint8]
    small: NDArray[np.uint8]
    levels: NDArray[np.float32]
    brightness: NDArray[np.float32]
    frame: NDArray[np.float32]


def measure(image: MedicalImage) -> Measures:
    """Reduce a picture to its numbers."""
    shown = _shown(image)
    picture = Image.fromarray(shown)
    grey = np.asarray(picture.convert("L")) if shown.ndim == 3 else shown
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    small = np.asarray(_stretched(picture, MEAN_SIDE).convert("RGB"))
    return Measures(
        thumbnail=np.asarray(_stretched(Image.fromarray(grey), THUMBNAIL)),
        small=small,
        levels=shares.reshape(N_LEVELS, -1).sum(axis=1).astype(np.float32),
        brightness=_brightness(shares),
        frame=_frame(grey),
    )


def _shown(image: MedicalImage) -> NDArray[np.uint8]:
    """Return what a viewer shows; an ordinary 8-bit picture is that already."""
    is_plain = image.value_range == (0, 255) and not image.windows and not image.inverted
    return image.values if is_plain and image.values.dtype == np.uint8 else to_uint8(image)  # type: ignore[return-value]


def _stretched(picture: Image.Image, side: int) -> Image.Image:
    # Averages over the pixels that fall together; where there are fewer, in-between values are made.
    is_large = min(picture.size) >= side
    return picture.resize((side, side), Image.Resampling.BOX if is_large else Image.Resampling.BILINEAR)


def _brightness(shares: NDArray[np.float64]) -> NDArray[np.float32]:
    mean = shares @ _LEVELS
    deviation = float(shares @ (_LEVELS - mean) ** 2) ** 0.5
    quantiles = np.searchsorted(np.cumsum(shares), [0.05, 0.25, 0.5, 0.75, 0.95])
    levels = _LEVELS[np.minimum(quantiles, 255)]
    ends = (shares[: _BLACK + 1].sum(), shares[_WHITE:].sum())
    return np.array([mean, deviation, *levels, *ends], dtype=np.float32)


def _frame(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    depth = max(1, round(_FRAME * min(grey.shape)))
    edges = (grey[:depth], grey[-depth:], grey[:, :depth], grey[:, -depth:])
    around = np.concatenate([edge.ravel() for edge in edges])
    side = max(1, round(_CORNER * min(grey.shape)))
    corners = (grey[:side, :side], grey[:side, -side:], grey[-side:, :side], grey[-side:, -side:])
    values = [
        *(edge.mean() / 255 for edge in edges),
        around.std() / 255,
        (around <= _BLACK).mean(),
        (around >= _WHITE).mean(),
        *(corner.mean() / 255 for corner in corners),
        *(corner.max() / 255 for corner in corners),
    ]
    return np.array(values, dtype=np.float32)
