"""Pictures of an image for the screen: enlarged so that pixels stay squares, a finding outlined."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.images.display import to_uint8, to_unit
from core.images.records import MedicalImage, Window

ORANGE: Final = (230, 159, 0)  # Okabe and Ito's
BLUE: Final = (0, 114, 178)
_DARK: Final = 24  # what a value of 0 looks like in a signed picture
_LINE: Final = 2  # pixels of the screen


@dataclass(frozen=True, eq=False)
class Patch:
    """A small square of an image: its stored values, what they look like, and where it is.

    Attributes
    ----------
    values
        ndarray of shape (h, w) or (h, w, 3), as stored.
    shown
        ndarray of the same shape, uint8: through the window.
    top, left
        Its first row and column in the image.
    """

    values: NDArray[np.generic]
    shown: NDArray[np.uint8]
    top: int
    left: int


def draw_image(
    image: MedicalImage,
    window: Window | None = None,
    *,
    mask: NDArray[np.bool_] | None = None,
    side: int = 640,
) -> NDArray[np.uint8]:
    """Draw an image as a viewer would, about `side` pixels long, with a mask's outline in orange.

    Returns
    -------
    ndarray of shape (h, w, 3), uint8. Small images are enlarged by a whole factor, large ones averaged down.
    """
    pixels = to_uint8(image, window)
    picture = resample(as_rgb(pixels), side)
    if mask is not None and mask.any():
        shape = picture.shape[:2]
        enlarged = np.asarray(Image.fromarray(mask).resize((shape[1], shape[0]), Image.Resampling.NEAREST))
        picture[outline(enlarged)] = ORANGE
    return picture


def resample(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Bring the longer side of (H, W, 3) close to `side`: repeat pixels, or average where there are more."""
    longest = max(picture.shape[:2])
    if longest <= side:
        factor = max(1, side // longest)
        return picture.repeat(factor, axis=0).repeat(factor, axis=1)
    scale = side / longest
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def stretch(picture: NDArray[np.uint8], aspect: float) -> NDArray[np.uint8]:
    """Give the pixels of (H, W, 3) their shape, `aspect` times as high as wide; the longer side grows."""
    height, width = picture.shape[:2]
    size = (width, round(height * aspect)) if aspect >= 1 else (round(width / aspect), height)
    if size == (width, height):
        return picture
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a line around a mask, just outside it, ndarray of the mask's shape."""
    grown = ndimage.binary_dilation(mask, iterations=_LINE)
    line: NDArray[np.bool_] = grown & ~mask
    return line


def centre_of(mask: NDArray[np.bool_] | None, shape: tuple[int, int]) -> tuple[int, int]:
    """Return (row, column) of a mask's middle, or of the image's where there is none."""
    if mask is None or not mask.any():
        return shape[0] // 2, shape[1] // 2
    rows, columns = np.nonzero(mask)
    return int(rows.mean()), int(columns.mean())


def cut_patch(
    image: MedicalImage, row: int, column: int, *, side: int, window: Window | None = None
) -> Patch:
    """Cut a square around (row, column), moved inwards at the border."""
    height, width = image.values.shape[:2]
    top = int(np.clip(row - side // 2, 0, max(0, height - side)))
    left = int(np.clip(column - side // 2, 0, max(0, width - side)))
    place = np.s_[top : top + side, left : left + side]
    shown = np.round(to_unit(image, window)[place] * 255).astype(np.uint8)
    return Patch(image.values[place], shown, top, left)


def as_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (H, W) or (H, W, 1) grey as three equal channels, and colour as a copy of itself."""
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        return pixels.copy()
    return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)


def mark_pixel(picture: NDArray[np.uint8], shape: tuple[int, int], row: int, column: int) -> None:
    """Draw an orange square around the pixel (row, column) of an image of `shape` into its picture."""
    height, width = picture.shape[:2]
    top, bottom = row * height // shape[0], (row + 1) * height // shape[0]
    left, right = column * width // shape[1], (column + 1) * width // shape[1]
    mask = np.zeros((height, width), dtype=bool)
    mask[top : max(bottom, top + 1), left : max(right, left + 1)] = True
    picture[outline(mask)] = ORANGE


def contact_sheet(pictures: NDArray[np.uint8], *, n_columns: int, gap: int = 8) -> NDArray[np.uint8]:
    """Lay pictures (n, H, W, 3) out in rows: (h, w, 4), transparent in the gaps."""
    n, height, width = pictures.shape[:3]
    n_rows = -(-n // n_columns)
    shape = (n_rows * (height + gap) - gap, n_columns * (width + gap) - gap, 4)
    sheet = np.zeros(shape, dtype=np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // n_columns * (height + gap), number % n_columns * (width + gap)
        sheet[top : top + height, left : left + width, :3] = picture
        sheet[top : top + height, left : left + width, 3] = 255
    return sheet


def grey_picture(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Show any values (H, W) or (H, W, C) from their own lowest (black) to their highest (white)."""
    low, high = float(values.min()), float(values.max())
    unit = (values - low) / (high - low) if high > low else np.full_like(values, 0.5)
    return as_rgb(np.round(unit * 255).astype(np.uint8))


def signed_picture(values: NDArray[np.float32], strongest: float) -> NDArray[np.uint8]:
    """Show values (H, W) around 0: orange above, blue below, dark at 0, full colour from `strongest` on."""
    strength = np.clip(np.abs(values) / (strongest or 1.0), 0, 1)[..., None]  # (H, W, 1)
    colour = np.where(values[..., None] < 0, BLUE, ORANGE)
    return np.round(_DARK + (colour - _DARK) * strength).astype(np.uint8)
