"""The first line of a pixel's story: what the scanner's file keeps, and what it means."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.images.records import MedicalImage
from core.language import N_, Message
from core.transforms.preprocessing.picture import Frame, Picture, Tell
from core.transforms.preprocessing.telling import shown_number


def start(image: MedicalImage) -> Picture:
    """Return the picture that the first step gets: the image's values, in its units, (H, W, C)."""
    pixels = image.values.astype(np.float32)
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    formula, tell = _formula(image), None
    if image.rescale is not None and image.rescale != (1.0, 0.0) and not image.is_colour:
        tell = _tell(*image.rescale, unit=_unit(image))
    return Picture(pixels, image, is_grey_levels=False, frame=Frame(), formula=formula, tell=tell)


def _formula(image: MedicalImage) -> Message:
    if image.rescale is None or image.rescale == (1.0, 0.0) or image.is_colour:
        is_known = image.rescale is not None or image.modality != "CT"
        return Message(text=N_("as stored") if is_known else N_("in Hounsfield units, as kept here"))
    slope, intercept = image.rescale
    text = N_("stored value x {slope} + {intercept}")
    if intercept < 0:
        text = N_("stored value x {slope} - {intercept}")
    return Message(text=text, values=_terms(slope, intercept))


def _tell(slope: float, intercept: float, *, unit: str) -> Tell:
    def tell(values: NDArray[np.float32], row: int, column: int) -> Message:
        value = float(values[row, column, 0])
        text = N_("stored value {stored} x {slope} + {intercept} = {value}{unit}")
        if intercept < 0:
            text = N_("stored value {stored} x {slope} - {intercept} = {value}{unit}")
        stored = _stored(value, slope, intercept)
        told: dict[str, Any] = {"stored": stored, "value": shown_number(value), "unit": unit}
        return Message(text=text, values=told | _terms(slope, intercept))

    return tell


def _stored(value: float, slope: float, intercept: float) -> str:
    """Undo the rescale; files keep whole numbers, which float32 brings back to within a hundredth."""
    stored = (value - intercept) / slope
    return f"{stored:.0f}" if abs(stored - round(stored)) < 0.01 else f"{stored:.4f}"


def _terms(slope: float, intercept: float) -> dict[str, Any]:
    shown = f"{slope:.1f}" if slope.is_integer() else f"{slope:.6g}"
    return {"slope": shown, "intercept": f"{abs(intercept):.6g}"}


def _unit(image: MedicalImage) -> str:
    return " HU" if image.modality == "CT" else ""
