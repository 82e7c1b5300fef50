"""What can be said of an image before anyone looks at it: size, bits, spacing, window."""

from dataclasses import dataclass

import numpy as np

from core.images.levels import window_limits
from core.images.records import MedicalImage, Window


@dataclass(frozen=True)
class ImageFacts:
    """The facts of one image.

    Attributes
    ----------
    height, width
        In pixels.
    n_channels
        1 (grey) or 3 (red, green, blue).
    bits
        Of one stored value: what the file says; where it does not, what the range of values needs if that is
        a power of two, else what a value takes here.
    n_levels
        How many different values occur.
    low, high
        The smallest and the largest value.
    modality
        The DICOM modality, or None.
    spacing_mm
        (row, column) distance of pixel centres in millimetres, or None where it is not known.
    size_mm
        (height, width) of what the picture shows, or None.
    window
        The window that is used, or None where black and white are the ends of the value range.
    black, white
        The ends of that window.
    inverted
        Whether low values are shown bright (MONOCHROME1).
    """

    height: int
    width: int
    n_channels: int
    bits: int
    n_levels: int
    low: float
    high: float
    modality: str | None
    spacing_mm: tuple[float, float] | None
    size_mm: tuple[float, float] | None
    window: Window | None
    black: float
    white: float
    inverted: bool


def facts_of(image: MedicalImage, window: Window | None = None) -> ImageFacts:
    """Return the facts of an image as it is shown with `window` (None: its own)."""
    height, width = image.values.shape[:2]
    spacing = image.pixel_spacing_mm
    black, white = window_limits(image, window)
    return ImageFacts(
        height=height,
        width=width,
        n_channels=3 if image.is_colour else 1,
        bits=_bits(image),
        n_levels=len(np.unique(image.values)),
        low=float(image.values.min()),
        high=float(image.values.max()),
        modality=image.modality,
        spacing_mm=spacing,
        size_mm=(height * spacing[0], width * spacing[1]) if spacing else None,
        window=window or (image.windows[0] if image.windows else None),
        black=black,
        white=white,
        inverted=image.inverted,
    )


def _bits(image: MedicalImage) -> int:
    if image.bits_stored is not None:
        return image.bits_stored
    low, high = image.value_range
    bits = int(high).bit_length()
    is_whole_range = low == 0 and high == 2**bits - 1 and bits > 0
    return bits if is_whole_range else 8 * image.values.dtype.itemsize
