"""What reading an image gives: pixel values with their meaning, and no identity."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from core.language import Message


class Window(BaseModel):
    """A display window in the units of the values: DICOM PS3.3 C.11.2.1.2."""

    model_config = ConfigDict(frozen=True)

    center: float
    width: float = Field(gt=0)
    function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] = "LINEAR"
    explanation: str = ""


@dataclass(frozen=True, eq=False)
class MedicalImage:
    """One image as it was stored, in its modality's units, with all that is needed to show it right.

    Attributes
    ----------
    values
        ndarray of shape (H, W) or (H, W, 3); uint8, uint16, int16, int32 or float32. After the modality LUT
        or rescale (HU for a CT), before any window. Colour is 8-bit RGB; three equal channels are handed on
        as one.
    value_range
        The values that mean black and white when there is no window: (0, 255) for 8-bit pictures, (0, 4095)
        for 12 stored bits that are used, and the smallest and largest value that is no padding where they
        are not.
    windows
        The windows that the file proposes, best first; empty for ordinary pictures.
    inverted
        True for MONOCHROME1: the lowest value is shown white.
    modality
        The DICOM modality ("DX", "CT", ...), or None.
    pixel_spacing_mm
        (row, column) distance between pixel centres in millimetres, or None when not known.
    frame, n_frames
        Which frame this is, from 0, and of how many.
    source_format
        "PNG", "JPEG", "TIFF" or "DICOM"; empty for pixels that came in no file of their own.
    bits_stored
        How many bits of a value the file keeps, or None when not known.
    rescale
        (slope, intercept) by which `values` came from the stored numbers: PS3.3 C.11.1.1.2; (1, 0) where they
        are the same. None when not known, as in a data set, which keeps the values alone, or when a table was
        used instead.
    patient_id, study_id, series_id, image_id
        Raw identifiers from the file: for the importer alone, which turns them into pseudonyms. Never stored.
    attributes
        What the de-identifying allow-list let through and an importer may keep: age band, sex, view, ...
    notes
        What a reader of this image should know, as sentences ("3 frames: the middle one is shown").
    """

    values: NDArray[np.generic]
    value_range: tuple[float, float]
    windows: tuple[Window, ...] = ()
    inverted: bool = False
    modality: str | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    frame: int = 0
    n_frames: int = 1
    source_format: str = ""
    bits_stored: int | None = None
    rescale: tuple[float, float] | None = None
    patient_id: str | None = field(default=None, repr=False)
    study_id: str | None = field(default=None, repr=False)
    series_id: str | None = field(default=None, repr=False)
    image_id: str | None = field(default=None, repr=False)
    attributes: dict[str, str] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()

    @property
    def is_colour(self) -> bool:
        """Whether the image has three channels."""
        return self.values.ndim == 3
