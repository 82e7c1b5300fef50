"""What the table of an export says of a picture's values, and how they come back from its pixels.

Covers: tables with the columns value_slope and value_offset, as `core.datasets.exporting` writes them:
value = value_slope x pixel + value_offset, with range, modality, spacing and window. Does not cover: any
other table; there a pixel is its value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.images.records import MedicalImage, Window
from core.language import N_, Message

_WRONG: Final = Message(
    text=N_("Its row of the table says something impossible of its values: see value_slope and value_offset.")
)
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(allow_inf_nan=False, gt=0)]


class GivenValues(BaseModel):
    """A row of the table of an export, as far as it is about values; the fields are its columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value_slope: _Positive
    value_offset: _Finite
    value_low: _Finite | None = None
    value_high: _Finite | None = None
    modality: str | None = Field(default=None, pattern="^[A-Z]{2,16}$")  # a code, so that it names nobody
    row_spacing_mm: _Positive | None = None
    column_spacing_mm: _Positive | None = None
    window_center: _Finite | None = None
    window_width: _Positive | None = None
    window_function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] = "LINEAR"
    inverted: bool = False

    def given_to(self, image: MedicalImage) -> MedicalImage:
        """Return an image with its values back; one in colour has none but its pixels."""
        if image.is_colour:
            return image
        is_same = (self.value_slope, self.value_offset) == (1.0, 0.0)
        values = image.values if is_same else self._values(image.values)
        span = image.value_range if is_same else (float(values.min()), float(values.max()))
        if self.value_low is not None and self.value_high is not None:
            span = (self.value_low, self.value_high)
        return replace(
            image,
            values=values,
            value_range=span,
            windows=self._windows() or image.windows,
            inverted=self.inverted,
            modality=self.modality or image.modality,
            pixel_spacing_mm=self._spacing() or image.pixel_spacing_mm,
        )

    def _values(self, pixels: NDArray[np.generic]) -> NDArray[np.generic]:
        values = pixels.astype(np.float64) * self.value_slope + self.value_offset
        is_whole = self.value_slope == 1 and self.value_offset.is_integer() and pixels.dtype.kind in "iu"
        for dtype in (np.int16, np.int32) if is_whole else ():
            if np.iinfo(dtype).min <= values.min() and values.max() <= np.iinfo(dtype).max:
                return values.astype(dtype)
        return values.astype(np.float32)

    def _spacing(self) -> tuple[float, float] | None:
        if self.row_spacing_mm is None or self.column_spacing_mm is None:
            return None
        return self.row_spacing_mm, self.column_spacing_mm

    def _windows(self) -> tuple[Window, ...]:
        if self.window_center is None or self.window_width is None:
            return ()
        return (Window(center=self.window_center, width=self.window_width, function=self.window_function),)


def value_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Return which columns of a table are about values; none unless it has both that an export has."""
    known = [name for name in names if name in GivenValues.model_fields]
    return tuple(known) if {"value_slope", "value_offset"} <= set(known) else ()


def given_values(row: Mapping[str, str]) -> GivenValues | Message:
    """Return what a row says in its `value_columns`, or what is wrong with it."""
    try:
        return GivenValues.model_validate({name: cell for name, cell in row.items() if cell})
    except ValidationError:
        return _WRONG
