"""The film under a map: at a size for the screen, as the network gets it, or with the finding outlined."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation, binary_fill_holes, distance_transform_edt

from core.images.display import to_uint8
from core.images.records import MedicalImage, Window
from core.transforms.preprocessing import image_part, unit
from core.transforms.records import Preprocessing

SHORTEST_SIDE: Final = 560  # pixels: a film of 128 is drawn larger, so that the outline stays thin
LONGEST_SIDE: Final = 1400  # pixels: a larger film is drawn smaller, so that a step of a slider stays quick
OUTLINE: Final = (61, 245, 176)  # mint: in neither palette of the maps, and not on a film
_HALO: Final = (10, 16, 28)
_LINE_WIDTH: Final = 2
_NARROW: Final = 0.05  # of the shorter side


def film(
    image: MedicalImage,
    *,
    shortest_side: int = SHORTEST_SIDE,
    longest_side: int = LONGEST_SIDE,
    window: Window | None = None,
) -> NDArray[np.uint8]:
    """Return an image as a viewer would show it, at a size for the screen.

    Parameters
    ----------
    image
        Any image.
    shortest_side, longest_side
        In pixels: smaller images are enlarged until the shorter side is so long, larger ones reduced until
        the longer side is.
    window
        As in `to_uint8`.

    Returns
    -------
    ndarray of shape (H, W) or (H, W, 3), uint8; its proportions are the image's.
    """
    picture = Image.fromarray(to_uint8(image, window))
    factor = min(max(1.0, shortest_side / min(picture.size)), longest_side / max(picture.size))
    if factor != 1:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return np.asarray(picture)


def outlined(
    pixels: NDArray[np.uint8], mask: NDArray[np.bool_], *, colour: tuple[int, int, int] = OUTLINE
) -> NDArray[np.uint8]:
    """Draw the outline of a mask over a picture; inside it the picture stays as it is.

    Gaps and holes narrower than 5 % of the picture are closed: a patchy finding gets one outline.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W) or (H, W, 3), uint8.
    mask
        ndarray of any shape (h, w), bool: it is brought to the picture's size.
    colour
        Of the line, red, green and blue.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8.
    """
    picture = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)  # (H, W, 3)
    size = (picture.shape[1], picture.shape[0])
    soft = Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BICUBIC)
    inside = _closed(np.asarray(soft) > 127, radius=round(_NARROW * min(size) / 2))
    line = binary_dilation(inside, iterations=_LINE_WIDTH) & ~inside
    halo = binary_dilation(inside, iterations=2 * _LINE_WIDTH) & ~inside & ~line
    drawn = picture.copy()
    drawn[halo], drawn[line] = _HALO, colour
    return drawn


def network_view(image: MedicalImage, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Return the picture that a network gets, before it is rescaled, at the network's own size.

    Returns
    -------
    ndarray of shape (H, W) or (H, W, 3), uint8.
    """
    pixels = np.round(unit(image_part(image, preprocessing)) * 255).astype(np.uint8)  # (C, H, W)
    return pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)


def in_large_pixels(pixels: NDArray[np.uint8], shortest_side: int = SHORTEST_SIDE) -> NDArray[np.uint8]:
    """Repeat each pixel of a small picture, so that its grid can be seen."""
    factor = max(1, round(shortest_side / min(pixels.shape[:2])))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _closed(inside: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Dilate and erode by `radius` pixels, by distances: quick at any radius."""
    if not inside.any():
        return inside
    padded = np.pad(inside, radius)
    grown = distance_transform_edt(~padded) <= radius
    closed = distance_transform_edt(grown) > radius
    whole: NDArray[np.bool_] = binary_fill_holes(closed | padded)
    return whole[radius : radius + inside.shape[0], radius : radius + inside.shape[1]]
