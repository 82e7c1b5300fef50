"""Histogram equalisation, of the whole picture and tile by tile.

Colour: done on the brightness (luma of ITU-R BT.601); its change is added to red, green and blue alike, so
that the hue stays, and what leaves [0, 1] is cut off.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.language import N_, Message
from core.transforms.preprocessing.colour import luma
from core.transforms.preprocessing.filter_parameters import ClaheParameters, EqualiseParameters
from core.transforms.preprocessing.histogram import N_BINS, count
from core.transforms.preprocessing.picture import Picture, Tell
from core.transforms.preprocessing.telling import shown_number

_LAST: Final = N_BINS - 1

Plane = NDArray[np.float32]


def equalise(picture: Picture, parameters: EqualiseParameters) -> Picture:
    """Give each grey level the share of the pixels at most as bright: Gonzalez and Woods, chapter 3."""

    def curve(grey: Plane) -> Plane:
        share = _at_places(_shares(grey), grey * N_BINS - 0.5)
        return (grey + np.float32(parameters.strength) * (share - grey)).astype(np.float32)

    formula = Message(text=N_("the share of the pixels that are at most as bright"))
    text = N_("{percent} % of the pixels are at most as bright: {before} -> {after}")
    return _on_brightness(picture, curve, formula, text)


def clahe(picture: Picture, parameters: ClaheParameters) -> Picture:
    """Equalise tile by tile with a limit on each grey level's count: Zuiderveld 1994, Graphics Gems IV.

    The arithmetic is that of OpenCV's createCLAHE, carried on between its 256 grey levels.
    """

    def curve(grey: Plane) -> Plane:
        return _clahe(grey, parameters.tiles, parameters.clip_limit)

    formula = Message(text=N_("the curves of the nearest tiles, blended"))
    text = N_("through the curves of the nearest of {tiles} x {tiles} tiles, blended: {before} -> {after}")
    return _on_brightness(picture, curve, formula, text, tiles=parameters.tiles)


def _on_brightness(
    picture: Picture, curve: Callable[[Plane], Plane], formula: Message, text: str, **more: int
) -> Picture:
    pixels = picture.pixels
    grey = luma(pixels)
    result = np.clip(curve(grey), 0, 1)
    if pixels.shape[2] == 1:
        return picture.after(result[:, :, None], formula, tell=_tell(text, grey, result, more))
    changed = np.clip(pixels + (result - grey)[:, :, None], 0, 1)
    return picture.after(changed, formula, tell=_tell(text, grey, result, more, is_colour=True))


def _tell(text: str, grey: Plane, result: Plane, more: dict[str, int], *, is_colour: bool = False) -> Tell:
    def tell(before: NDArray[np.float32], row: int, column: int) -> Message:
        own, after = float(grey[row, column]), float(result[row, column])
        values: dict[str, Any] = {"before": shown_number(own), "after": shown_number(after), **more}
        if "{percent}" in text:
            values["percent"] = f"{100 * float((grey <= own).mean()):.1f}"
        told = Message(text=text, values=values)
        if not is_colour:
            return told
        whole = N_("brightness {formula}; red, green and blue change by {change}")
        return Message(text=whole, values={"formula": told, "change": shown_number(after - own)})

    return tell


def _shares(grey: Plane) -> NDArray[np.float32]:
    """Return the share of the pixels up to each of 256 grey levels, ndarray of (256,), float32."""
    counts = count(grey, 0.0, 1.0)
    return np.asarray(np.cumsum(counts) / counts.sum(), dtype=np.float32)


def _at_places(table: NDArray[np.float32], place: Plane) -> Plane:
    """Read a table between its entries, linearly; before the first and behind the last their own value."""
    place = np.clip(place, 0, len(table) - 1)
    lower = np.minimum(place.astype(np.int32), len(table) - 2)
    part = place - lower
    return np.asarray(table[lower] * (1 - part) + table[lower + 1] * part, dtype=np.float32)


def _clahe(grey: Plane, n_tiles: int, clip_limit: float) -> Plane:
    height, width = grey.shape
    down, across = -(-height // n_tiles), -(-width // n_tiles)  # a tile's sides, rounded up
    missing = ((0, down * n_tiles - height), (0, across * n_tiles - width))
    curves = _curves(np.pad(grey, missing, mode="reflect"), (down, across), clip_limit)
    top, lower, below = _between(height, down, n_tiles)
    left, righter, beside = _between(width, across, n_tiles)
    level = grey * _LAST
    low = np.minimum(level.astype(np.int32), _LAST - 1)
    part = level - low

    def read(row: NDArray[np.intp], column: NDArray[np.intp]) -> Plane:
        start = (row[:, None] * n_tiles + column) * N_BINS + low
        flat = curves.ravel()
        return np.asarray(flat[start] * (1 - part) + flat[start + 1] * part, dtype=np.float32)

    upper = read(top, left) * (1 - beside) + read(top, righter) * beside
    under = read(lower, left) * (1 - beside) + read(lower, righter) * beside
    return np.asarray(upper * (1 - below[:, None]) + under * below[:, None], dtype=np.float32)


def _curves(grey: Plane, tile: tuple[int, int], clip_limit: float) -> NDArray[np.float32]:
    """Return each tile's curve, ndarray of shape (n_tiles ** 2, 256), float32 in [0, 1]."""
    (height, width), (down, across) = grey.shape, tile
    n_down, n_across = height // down, width // across
    numbers = (np.arange(height) // down)[:, None] * n_across + np.arange(width) // across
    levels = np.rint(grey * _LAST).astype(np.int64)
    places = (numbers * N_BINS + levels).ravel()
    counts = np.bincount(places, minlength=n_down * n_across * N_BINS).reshape(-1, N_BINS)
    limit = max(1, int(clip_limit * down * across / N_BINS))
    shared = _shared_out(np.minimum(counts, limit), (counts - limit).clip(min=0).sum(axis=1))
    return np.asarray(np.cumsum(shared, axis=1) / (down * across), dtype=np.float32)


def _shared_out(counts: NDArray[np.int64], excess: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give what was cut off to all grey levels alike, the rest one each to levels that lie evenly apart."""
    counts = counts + (excess // N_BINS)[:, None]
    rest = excess % N_BINS
    apart = np.maximum(N_BINS // np.maximum(rest, 1), 1)[:, None]
    level = np.arange(N_BINS)
    gets_one = (level % apart == 0) & (level // apart < rest[:, None])
    return np.asarray(counts + gets_one, dtype=np.int64)


def _between(
    length: int, side: int, n_tiles: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return for each row (or column) the tiles before and behind its place, and how near the second is."""
    place = np.arange(length) / side - 0.5
    first = np.floor(place).astype(np.intp)
    part = (place - first).astype(np.float32)
    return np.maximum(first, 0), np.minimum(first + 1, n_tiles - 1), part
