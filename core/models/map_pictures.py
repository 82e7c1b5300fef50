"""Pictures of feature maps and of filters: what a network sees, and what it looks for. numpy, no torch."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.images.drawing import BLUE, ORANGE, grey_picture, resample, signed_picture

STRIP: Final = 32  # pixels under each map, for its number: large, for the browser makes the sheet smaller
_MARGIN: Final = 3
_GREY: Final = 128  # zero, in a picture of weights
_STRONGEST: Final = 0.85  # how much of the film a strong place covers


def strongest_maps(maps: NDArray[np.float32], n: int) -> list[int]:
    """Return the numbers of the `n` maps (n_maps, h, w) with the largest mean size, the largest first."""
    sizes = np.abs(maps).mean(axis=(1, 2))
    return [int(number) for number in np.argsort(-sizes, kind="stable")[:n]]


def share_of_zeros(maps: NDArray[np.float32]) -> float:
    """Return the part of all numbers that is exactly 0, as ReLU leaves them."""
    return float((maps == 0).mean())


def map_sheet(
    maps: NDArray[np.float32],
    numbers: Sequence[int],
    *,
    strongest: float,
    n_columns: int,
    side: int = 168,
) -> NDArray[np.uint8]:
    """Lay out maps in equal cells with their numbers, all in one scale of colours.

    Parameters
    ----------
    maps
        ndarray of shape (n_maps, h, w).
    numbers
        Which ones, row by row; they are written under them, counted from 1.
    strongest
        The size that gets full colour.
    n_columns
        Cells in a row.
    side
        Of a map, in pixels of the screen, about.

    Returns
    -------
    ndarray of shape (n_rows * cell height, n_columns * cell width, 3), uint8.
    """
    pictures = [resample(signed_picture(maps[number], strongest), side) for number in numbers]
    height, width = pictures[0].shape[0] + STRIP + 2 * _MARGIN, pictures[0].shape[1] + 2 * _MARGIN
    n_rows = -(-len(numbers) // n_columns)
    sheet = Image.new("RGB", (width * n_columns, height * n_rows), (12, 16, 22))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=24)
    for place, (number, picture) in enumerate(zip(numbers, pictures, strict=True)):
        left, top = place % n_columns * width + _MARGIN, place // n_columns * height + _MARGIN
        sheet.paste(Image.fromarray(picture), (left, top))
        draw.text((left + 2, top + picture.shape[0]), f"{number + 1}", font=font, fill=(226, 232, 240))
    return np.asarray(sheet)


def over_picture(
    picture: NDArray[np.float32], values: NDArray[np.float32], strongest: float, *, side: int = 512
) -> NDArray[np.uint8]:
    """Lay one map over the picture that went in: the stronger, the less of the picture is left.

    Parameters
    ----------
    picture
        ndarray of shape (H, W).
    values
        The map, ndarray of shape (h, w); orange above 0, blue below.
    strongest
        The size that gets full colour.
    """
    base = resample(grey_picture(picture), side).astype(np.float32)  # (h, w, 3)
    size = (base.shape[1], base.shape[0])
    smooth = Image.fromarray(np.asarray(values, dtype=np.float32)).resize(size, Image.Resampling.BILINEAR)
    spread = np.asarray(smooth)[..., None] / (strongest or 1.0)
    cover = np.clip(np.abs(spread), 0, 1) * _STRONGEST
    colour = np.where(spread < 0, BLUE, ORANGE)
    return np.round(base * (1 - cover) + colour * cover).astype(np.uint8)


def colour_bar(*, width: int = 320, height: int = 12, signed: bool) -> NDArray[np.uint8]:
    """Return the colours from the lowest number, or from 0, to the highest: (height, width, 3)."""
    line = np.linspace(-1 if signed else 0, 1, width, dtype=np.float32)
    return signed_picture(np.repeat(line[None], height, axis=0), 1.0)


def filter_sheet(
    weights: NDArray[np.float32], *, n_columns: int, strongest: float, side: int = 56
) -> NDArray[np.uint8]:
    """Lay out the filters of a first layer as small pictures in which zero is grey.

    Parameters
    ----------
    weights
        ndarray of shape (n, C, h, w); three channels are shown as colours, one as grey.
    n_columns
        Filters in a row.
    strongest
        The size of weight that becomes black or white.
    side
        Of a filter, in pixels of the screen, about.

    Returns
    -------
    ndarray of shape (h, w, 3), uint8.
    """
    unit = np.clip(weights / (strongest or 1.0), -1, 1).transpose(0, 2, 3, 1)  # (n, h, w, C)
    shades = np.round(_GREY + unit * (_GREY - 1)).astype(np.uint8)
    tiles = [resample(_as_colour(tile), side) for tile in shades]
    height, width = (length + 2 * _MARGIN for length in tiles[0].shape[:2])
    n_rows = -(-len(tiles) // n_columns)
    sheet = np.full((n_rows * height, n_columns * width, 3), (12, 16, 22), dtype=np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // n_columns * height + _MARGIN, place % n_columns * width + _MARGIN
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def _as_colour(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if tile.shape[2] == 3:  # red, green, blue
        return tile
    return np.repeat(tile[..., :1], 3, axis=2)
