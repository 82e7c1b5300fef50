"""Grey and colour."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.language import N_, Message
from core.transforms.preprocessing.parameters import ChannelsParameters
from core.transforms.preprocessing.picture import Picture
from core.transforms.preprocessing.telling import shown_number

_LUMA: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


def channels(picture: Picture, parameters: ChannelsParameters) -> Picture:
    """Give the picture one or three channels."""
    n_channels = picture.pixels.shape[2]
    if n_channels == parameters.n_channels:
        return picture.after(picture.pixels, Message(text=N_("unchanged")))
    if parameters.n_channels == 3:
        return picture.after(
            np.repeat(picture.pixels, 3, axis=2), Message(text=N_("the grey value, three times"))
        )
    formula = Message(text=N_("0.299 red + 0.587 green + 0.114 blue"))
    return picture.after((picture.pixels @ _LUMA)[:, :, None], formula, tell=_tell_luma)


def check_channels(n_channels: int, expected: int) -> None:
    """Refuse a picture with another number of channels than the network was trained with."""
    if n_channels != expected:
        text = N_(
            "After the image steps this picture has {n} channel(s), and {expected} are needed: the step"
            " 'channels' is missing or is set to another number."
        )
        raise InvalidValueError(text, n=n_channels, expected=expected)


def luma(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the brightness of (H, W, C), float32, as (H, W): the luma of ITU-R BT.601 for three channels."""
    return pixels[:, :, 0] if pixels.shape[2] == 1 else np.asarray(pixels @ _LUMA, dtype=np.float32)


def _tell_luma(before: NDArray[np.float32], row: int, column: int) -> Message:
    names = ("red", "green", "blue")
    values = {
        name: shown_number(float(value)) for name, value in zip(names, before[row, column], strict=True)
    }
    return Message(text=N_("0.299 x {red} + 0.587 x {green} + 0.114 x {blue}"), values=dict(values))
