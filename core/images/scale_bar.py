"""A bar that says how long a millimetre is: without it a picture has no size."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_WHITE: Final = (255, 255, 255)
_SHADE: Final = 0.35  # of the brightness stays behind the words, so that they are read on any picture
_LARGEST_SHARE: Final = 0.3  # of the picture's width
_STEPS: Final = (5.0, 2.0, 1.0)


def bar_length_mm(width_mm: float) -> float:
    """Return the longest of 1, 2 and 5 times a power of ten that fits in 30 per cent of `width_mm`."""
    room = _LARGEST_SHARE * width_mm
    power = 10.0 ** np.floor(np.log10(room))
    return float(next(step * power for step in _STEPS if step * power <= room * (1 + 1e-9)))


def length_words(length_mm: float) -> str:
    """Return a length with its unit, which is the same in every language."""
    return f"{length_mm:g} mm"


def draw_scale_bar(picture: NDArray[np.uint8], width_mm: float) -> NDArray[np.uint8]:
    """Draw a bar and its length into the lower left corner.

    Parameters
    ----------
    picture
        ndarray of shape (H, W, 3), uint8.
    width_mm
        What the picture shows from its left to its right edge.

    Returns
    -------
    ndarray of the same shape, a copy.
    """
    height, width = picture.shape[:2]
    length_mm = bar_length_mm(width_mm)
    thick, margin = max(2, height // 96), height // 28
    left, bottom = margin, height - margin
    right = left + round(width * length_mm / width_mm)
    words, font = length_words(length_mm), ImageFont.load_default(max(10, height // 19))
    _x, top, end, _y = font.getbbox(words, anchor="ls")
    above = bottom - 2 * thick  # where the words stand
    frame = np.s_[
        above + int(top) - thick : bottom + thick, left - thick : max(right, left + int(end)) + thick
    ]
    shaded = picture.copy()
    shaded[frame] = (_SHADE * shaded[frame].astype(np.float64)).astype(np.uint8)
    drawn = Image.fromarray(shaded)
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((left, bottom - thick, right - 1, bottom - 1), fill=_WHITE)
    pen.text((left, above), words, fill=_WHITE, font=font, anchor="ls")
    return np.array(drawn)
