"""The preprocessing steps themselves, in numpy.

An image step is `step(picture, parameters) -> Picture`; a tensor step is `step(parameters, fitted, own) ->
Rescale`, a factor and an offset for each channel, so that the same arithmetic serves numpy here and torch in
training.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.images.display import to_unit
from core.images.records import MedicalImage, Window
from core.language import N_, Message
from core.transforms.parameters import (
    ChannelsParameters,
    NormaliseParameters,
    ResizeParameters,
    StandardiseParameters,
    WindowParameters,
)
from core.transforms.records import ChannelStatistics

IMAGENET = ChannelStatistics(
    mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), low=(0, 0, 0), high=(1, 1, 1)
)
VALUE = Message(text=N_("value"))  # stands in a formula until a pixel's own value is put there
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
_SMALLEST_STD = 1e-6  # an even image has none; dividing by it would make infinities

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "area": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
_WITHOUT_ANTIALIAS = ("nearest", "bilinear", "bicubic")


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels on their way through the image steps: (H, W, C) float32, in [0, 1] once windowed."""

    pixels: NDArray[np.float32]
    source: MedicalImage
    formula: Message


@dataclass(frozen=True, eq=False)
class Rescale:
    """x * scale + offset, one scale and one offset for each channel."""

    scale: NDArray[np.float32]  # (C,)
    offset: NDArray[np.float32]  # (C,)
    formula: Message


def window(picture: Picture, parameters: WindowParameters) -> Picture:
    """Map stored values to [0, 1] through a window; MONOCHROME1 is turned the right way round."""
    image = picture.source
    chosen = chosen_window(image, parameters)
    shown = image if chosen else replace(image, windows=())
    pixels = to_unit(shown, chosen)
    low, high = image.value_range
    text = N_("({value} - {low}) / ({high} - {low})")
    formula = Message(text=text, values={"value": VALUE, "low": low, "high": high})
    if chosen:
        text = N_("window with centre {center}, width {width}")
        formula = Message(text=text, values={"center": chosen.center, "width": chosen.width})
    if image.inverted:
        formula = Message(
            text=N_("1 - ({formula}): MONOCHROME1 stores white as 0"), values={"formula": formula}
        )
    return Picture(_with_channels(pixels), image, formula)


def channels(picture: Picture, parameters: ChannelsParameters) -> Picture:
    """Give the picture one or three channels."""
    n_channels = picture.pixels.shape[2]
    if n_channels == parameters.n_channels:
        return replace(picture, formula=Message(text=N_("unchanged")))
    if parameters.n_channels == 3:
        pixels = np.repeat(picture.pixels, 3, axis=2)
        return replace(picture, pixels=pixels, formula=Message(text=N_("the grey value, three times")))
    pixels = (picture.pixels @ _LUMA)[:, :, None]
    return replace(picture, pixels=pixels, formula=Message(text=N_("0.299 red + 0.587 green + 0.114 blue")))


def resize(picture: Picture, parameters: ResizeParameters) -> Picture:
    """Resize to a square, each channel by itself; values stay in [0, 1]."""
    pixels = _square(picture.pixels, parameters.fit)
    planes = [_resize_plane(pixels[:, :, channel], parameters) for channel in range(pixels.shape[2])]
    height, width = picture.pixels.shape[:2]
    formula = Message(
        text=N_("{old_width} x {old_height} pixels -> {size} x {size}, {interpolation}"),
        values={
            "old_width": width,
            "old_height": height,
            "size": parameters.size,
            "interpolation": parameters.interpolation,
        },
    )
    return replace(picture, pixels=np.clip(np.stack(planes, axis=2), 0, 1), formula=formula)


def normalise(parameters: NormaliseParameters, fitted: ChannelStatistics, own: ChannelStatistics) -> Rescale:
    """Scale [0, 1] (or the image's own minimum and maximum) to [low, 1]."""
    n_channels = len(fitted.mean)
    low = np.array(own.low if parameters.per == "image" else (0.0,) * n_channels, dtype=np.float32)
    high = np.array(own.high if parameters.per == "image" else (1.0,) * n_channels, dtype=np.float32)
    scale = (1 - parameters.low) / np.maximum(high - low, np.float32(_SMALLEST_STD))
    offset = parameters.low - low * scale
    text = N_("({value} - {minimum:.4g}) x {scale:.4g} + {low}")
    numbers = {"minimum": float(low[0]), "scale": float(scale[0]), "low": parameters.low}
    formula = Message(text=text, values={"value": VALUE, **numbers})
    return Rescale(scale.astype(np.float32), offset.astype(np.float32), formula)


def standardise(
    parameters: StandardiseParameters, fitted: ChannelStatistics, own: ChannelStatistics
) -> Rescale:
    """Subtract the mean and divide by the standard deviation."""
    chosen = {"dataset": fitted, "image": own, "imagenet": _imagenet(len(fitted.mean))}[parameters.per]
    mean = np.array(chosen.mean, dtype=np.float32)
    std = np.maximum(np.array(chosen.std, dtype=np.float32), np.float32(_SMALLEST_STD))
    text = N_("({value} - {mean:.4g}) / {std:.4g}")
    formula = Message(text=text, values={"value": VALUE, "mean": float(mean[0]), "std": float(std[0])})
    return Rescale((1 / std).astype(np.float32), (-mean / std).astype(np.float32), formula)


def chosen_window(image: MedicalImage, parameters: WindowParameters) -> Window | None:
    """Return the window that the step uses; None where black and white are the ends of the value range."""
    if parameters.mode == "manual":
        return Window(center=parameters.center, width=parameters.width)
    return image.windows[0] if parameters.mode == "file" and image.windows else None


def _imagenet(n_channels: int) -> ChannelStatistics:
    if n_channels == 3:
        return IMAGENET
    # A pretrained first convolution summed over its colours sees one grey channel: the colours' means
    # together.
    mean, std = float(np.mean(IMAGENET.mean)), float(np.mean(IMAGENET.std))
    return ChannelStatistics(mean=(mean,), std=(std,), low=(0.0,), high=(1.0,))


def _with_channels(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _square(pixels: NDArray[np.float32], fit: str) -> NDArray[np.float32]:
    """Pad with black, or crop to the centre, so that both sides are equal; "stretch" changes nothing."""
    height, width = pixels.shape[:2]
    if fit == "pad":
        side = max(height, width)
        top, left = (side - height) // 2, (side - width) // 2
        border = ((top, side - height - top), (left, side - width - left), (0, 0))
        return np.pad(pixels, border)
    if fit == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return pixels[top : top + side, left : left + side]
    return pixels


def _resize_plane(plane: NDArray[np.float32], parameters: ResizeParameters) -> NDArray[np.float32]:
    image = Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))  # mode "F"
    size, chosen = (parameters.size, parameters.size), _FILTERS[parameters.interpolation]
    if not parameters.antialias and parameters.interpolation in _WITHOUT_ANTIALIAS:
        extent = (0, 0, image.width, image.height)
        resized = image.transform(size, Image.Transform.EXTENT, extent, resample=chosen)
    else:
        resized = image.resize(size, resample=chosen)
    return np.asarray(resized, dtype=np.float32)
