"""Steps that move pixels: how large the picture is, and which part of the image it shows."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import InvalidValueError
from core.language import N_, Message
from core.transforms.preprocessing.geometry_parameters import CropBordersParameters, ResampleParameters
from core.transforms.preprocessing.parameters import ResizeParameters
from core.transforms.preprocessing.picture import Frame, Picture, Tell
from core.transforms.preprocessing.telling import likewise, shown_number

_FILTERS: Final = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_WITHOUT_ANTIALIAS: Final = ("nearest", "bilinear", "bicubic")
_LONGEST_SIDE: Final = 4096
_HUGE: Final = 1e36
_ROUNDING: Final = 1e-6  # of a pixel: what is less than this beyond a border is the sums' own rounding


def resize(picture: Picture, parameters: ResizeParameters) -> Picture:
    """Resize to a square, each channel by itself; no value leaves the range of the values before."""
    squared = _square(picture, parameters.fit)
    shape = (parameters.size, parameters.size)
    return _resized(picture, squared, shape, parameters.interpolation, antialias=parameters.antialias)


def resample(picture: Picture, parameters: ResampleParameters) -> Picture:
    """Give the picture pixels of one distance in mm, down and across; it keeps its extent.

    The sides are rounded to whole pixels, so that the spacing is right to within half a pixel over the whole
    side; `Frame.spacing_mm` tells what it became.

    Raises
    ------
    InvalidValueError
        The result would be larger than 4096 pixels a side.
    """
    spacing = picture.frame.spacing_mm(picture.source)
    if spacing is None or not all(0 < distance < math.inf for distance in spacing):
        return picture.after(picture.pixels, Message(text=N_("unchanged: its spacing is not known")))
    height, width = picture.pixels.shape[:2]
    sides = (
        max(1, round(height * spacing[0] / parameters.spacing_mm)),
        max(1, round(width * spacing[1] / parameters.spacing_mm)),
    )
    if max(sides) > max(_LONGEST_SIDE, height, width):
        text = N_(
            "The step '{step}' would make {width} x {height} pixels of an image of {old_width} x"
            " {old_height}; at most {most} a side are made: choose a larger spacing than {spacing:.3g} mm."
        )
        values = {"old_width": width, "old_height": height, "spacing": parameters.spacing_mm}
        title = Message(text=N_("Resample to a spacing"))
        raise InvalidValueError(
            text, step=title, width=sides[1], height=sides[0], most=_LONGEST_SIDE, **values
        )
    whole = (picture.pixels, picture.frame)
    return _resized(picture, whole, sides, parameters.interpolation, antialias=True)


def crop_borders(picture: Picture, parameters: CropBordersParameters) -> Picture:
    """Cut a part off each side, rounded down to whole pixels; at least one pixel is left."""
    height, width = picture.pixels.shape[:2]
    top, bottom = _part(height, parameters.top), height - _part(height, parameters.bottom)
    left, right = _part(width, parameters.left), width - _part(width, parameters.right)
    formula = Message(
        text=N_("value kept; rows {top} to {bottom} and columns {left} to {right} of {height} x {width}"),
        values={
            "top": top,
            "bottom": bottom - 1,
            "left": left,
            "right": right - 1,
            "height": height,
            "width": width,
        },
    )
    return picture.after(picture.pixels[top:bottom, left:right], formula, frame=picture.frame.part(top, left))


def _part(length: int, percent: float) -> int:
    return int(length * percent / 100)


def _resized(
    picture: Picture,
    squared: tuple[NDArray[np.float32], Frame],
    shape: tuple[int, int],
    interpolation: str,
    *,
    antialias: bool,
) -> Picture:
    before, (pixels, frame) = picture.pixels, squared
    down, across = pixels.shape[0] / shape[0], pixels.shape[1] / shape[1]
    low, high = (0.0, 1.0) if picture.is_grey_levels else (float(before.min()), float(before.max()))
    # Near the end of float32 the sums of an overshoot would be infinite: a power of two takes nothing away.
    scale = np.float32(2**-10 if max(-low, high) > _HUGE else 1)
    planes = [
        _resize_plane(pixels[:, :, channel] * scale, shape, interpolation, antialias=antialias)
        for channel in range(pixels.shape[2])
    ]
    scaled = np.clip(np.stack(planes, axis=2), low * scale, high * scale)
    resized = np.clip(scaled / scale, low, high)  # once more: the smallest numbers are rounded on the way
    values = {"down": down, "across": across}
    formula = Message(text=N_("one new pixel stands for {down:.3g} x {across:.3g} old ones"), values=values)
    reach = (
        _reach(interpolation, down, antialias=antialias),
        _reach(interpolation, across, antialias=antialias),
    )
    return picture.after(
        resized,
        formula,
        tell=_tell_resized(picture.frame, frame.scaled(down, across), formula, reach),
        frame=frame.scaled(down, across),
    )


def _tell_resized(before: Frame, after: Frame, formula: Message, reach: tuple[float, float]) -> Tell:
    """Return a teller of the old pixels that a new one is summed from; `reach` is in old pixels."""

    def tell(pixels: NDArray[np.float32], row: int, column: int) -> Message:
        places = (
            _summed(row, pixels.shape[0], (before.top, before.down), (after.top, after.down), reach[0]),
            _summed(
                column, pixels.shape[1], (before.left, before.across), (after.left, after.across), reach[1]
            ),
        )
        summed = pixels[places][:, :, 0]
        text = N_("{formula}, and is summed from {rows} x {columns}: {low} to {high}")
        told: dict[str, Any] = {
            "formula": formula,
            "rows": summed.shape[0],
            "columns": summed.shape[1],
            "low": shown_number(float(summed.min())),
            "high": shown_number(float(summed.max())),
        }
        return likewise(Message(text=text, values=told), pixels.shape[2])

    return tell


def _reach(interpolation: str, scale: float, *, antialias: bool) -> float:
    """Return how far from the middle of a new pixel old ones count, in old pixels.

    Pillow's filters have a support of half, one, two or three new pixels; without antialias of as many old
    ones.
    """
    support = {"nearest": 0.0, "area": 0.5, "bilinear": 1.0, "bicubic": 2.0, "lanczos": 3.0}[interpolation]
    is_wide = antialias or interpolation not in _WITHOUT_ANTIALIAS
    reach = support * (max(1.0, scale) if is_wide else 1.0)
    return reach + 0.5 if interpolation == "area" else reach  # an area counts what it covers in part


def _summed(
    place: int, length: int, before: tuple[float, float], after: tuple[float, float], reach: float
) -> slice:
    """Return the old pixels from which the new one over the middle of the old one at `place` is summed.

    `before` and `after` are where pixel 0 begins in the source, and how long a pixel is there.
    """
    new = math.floor((before[0] + (place + 0.5) * before[1] - after[0]) / after[1])
    middle = (after[0] + (new + 0.5) * after[1] - before[0]) / before[1]
    if reach == 0:
        nearest = min(max(0, math.floor(middle + _ROUNDING)), length - 1)
        return slice(nearest, nearest + 1)
    # A filter is 0 at its own end: only pixels whose middle lies inside have a weight.
    start = max(0, math.floor(middle - reach - 0.5 + _ROUNDING) + 1)
    end = min(length, math.ceil(middle + reach - 0.5 - _ROUNDING))
    return slice(min(start, length - 1), max(end, start + 1))


def _square(picture: Picture, fit: str) -> tuple[NDArray[np.float32], Frame]:
    """Pad with what is shown black, or crop to the centre, until both sides are equal."""
    pixels, frame = picture.pixels, picture.frame
    height, width = pixels.shape[:2]
    if fit == "stretch" or height == width:
        return pixels, frame
    side = max(height, width) if fit == "pad" else min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    if fit == "crop":
        return pixels[top : top + side, left : left + side], frame.part(top, left)
    top, left = (side - height) // 2, (side - width) // 2
    border = ((top, side - height - top), (left, side - width - left), (0, 0))
    return np.pad(pixels, border, constant_values=_black(picture)), frame.part(-top, -left)


def _black(picture: Picture) -> float:
    """Return the value that is shown black."""
    if picture.is_grey_levels:
        return 0.0
    low, high = picture.source.value_range
    return high if picture.source.inverted else low


def _resize_plane(
    plane: NDArray[np.float32], shape: tuple[int, int], interpolation: str, *, antialias: bool
) -> NDArray[np.float32]:
    if interpolation == "area":
        return _mean_down(_mean_down(plane, shape[0]).T, shape[1]).T.astype(np.float32)
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))  # mode "F"
    size, chosen = (shape[1], shape[0]), _FILTERS[interpolation]
    if not antialias and interpolation in _WITHOUT_ANTIALIAS:
        extent = (0, 0, image.width, image.height)
        resized = image.transform(size, Image.Transform.EXTENT, extent, resample=chosen)
    else:
        resized = image.resize(size, resample=chosen)
    return np.asarray(resized, dtype=np.float32)


def _mean_down(plane: NDArray[Any], n_rows: int) -> NDArray[np.float64]:
    """Return the means of `n_rows` equal bands of rows.

    A row that two bands share counts in both by its part; Pillow's BOX takes it whole or not at all.
    """
    sums = np.zeros((len(plane) + 1, plane.shape[1]))  # of all rows above
    np.cumsum(plane, axis=0, dtype=np.float64, out=sums[1:])
    edges = np.arange(n_rows + 1) * (len(plane) / n_rows)
    above = np.minimum(edges.astype(np.int64), len(plane) - 1)
    part = (edges - above)[:, None]
    at_edges = sums[above] + part * (sums[above + 1] - sums[above])
    return np.asarray(np.diff(at_edges, axis=0) * (n_rows / len(plane)), dtype=np.float64)
