"""A region that somebody marked on an image: a box in fractions of its sides, whatever the image's size."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import InvalidValueError
from core.language import N_


class Box(BaseModel):
    """A box on an image.

    Attributes
    ----------
    left, top, right, bottom
        Fractions of the image's width and height, 0 to 1, from its upper left corner; right > left and
        bottom > top.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    right: float = Field(ge=0, le=1)
    bottom: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _has_an_inside(self) -> Self:
        if self.right <= self.left or self.bottom <= self.top:
            raise InvalidValueError(N_("A box needs a width and a height."))
        return self

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return its inside on an image of `shape` (H, W), ndarray of bool: at least one pixel."""
        height, width = shape
        inside = np.zeros(shape, dtype=np.bool_)
        top, left = min(round(self.top * height), height - 1), min(round(self.left * width), width - 1)
        inside[
            top : max(top + 1, round(self.bottom * height)), left : max(left + 1, round(self.right * width))
        ] = True
        return inside
