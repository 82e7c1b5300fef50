"""Steps that move pixels: how large the picture is, and which part of the image it shows."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.language import N_, Message
from core.transforms.preprocessing.parameters import ResizeParameters
from core.transforms.preprocessing.picture import Frame, Picture

_FILTERS: Final = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "area": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
_WITHOUT_ANTIALIAS: Final = ("nearest", "bilinear", "bicubic")


def resize(picture: Picture, parameters: ResizeParameters) -> Picture:
    """Resize to a square, each channel by itself; no value leaves the range of the values before."""
    before = picture.pixels
    pixels, frame = _square(picture, parameters.fit)
    height, width = pixels.shape[:2]
    down, across = height / parameters.size, width / parameters.size
    planes = [_resize_plane(pixels[:, :, channel], parameters) for channel in range(pixels.shape[2])]
    low, high = (0.0, 1.0) if picture.is_grey_levels else (float(before.min()), float(before.max()))
    formula = Message(
        text=N_("one new pixel stands for {down:.3g} x {across:.3g} old ones"),
        values={"down": down, "across": across},
    )
    return picture.after(
        np.clip(np.stack(planes, axis=2), low, high), formula, frame=frame.scaled(down, across)
    )


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


def _resize_plane(plane: NDArray[np.float32], parameters: ResizeParameters) -> NDArray[np.float32]:
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))  # mode "F"
    size, chosen = (parameters.size, parameters.size), _FILTERS[parameters.interpolation]
    if not parameters.antialias and parameters.interpolation in _WITHOUT_ANTIALIAS:
        extent = (0, 0, image.width, image.height)
        resized = image.transform(size, Image.Transform.EXTENT, extent, resample=chosen)
    else:
        resized = image.resize(size, resample=chosen)
    return np.asarray(resized, dtype=np.float32)
