"""The parameters of the steps that crop and resample."""

from typing import Literal

from pydantic import Field

from core.language import N_
from core.transforms.records import Parameters


class CropBordersParameters(Parameters):
    """How much is cut off on each side."""

    top: float = Field(
        default=5.0,
        ge=0,
        le=45,
        title=N_("At the top"),
        description=N_("Cut off at the top, in percent of the height."),
    )
    right: float = Field(
        default=5.0,
        ge=0,
        le=45,
        title=N_("At the right"),
        description=N_("Cut off at the right, in percent of the width."),
    )
    bottom: float = Field(
        default=5.0,
        ge=0,
        le=45,
        title=N_("At the bottom"),
        description=N_("Cut off at the bottom, in percent of the height."),
    )
    left: float = Field(
        default=5.0,
        ge=0,
        le=45,
        title=N_("At the left"),
        description=N_("Cut off at the left, in percent of the width."),
    )


class CropBodyParameters(Parameters):
    """How much room is left around what was found."""

    margin: float = Field(
        default=2.0,
        ge=0,
        le=25,
        title=N_("Margin"),
        description=N_("Room kept around the bright region on each side, in percent of the region's size."),
    )


class ResampleParameters(Parameters):
    """The distance of the pixels that every image gets."""

    spacing_mm: float = Field(
        default=1.0,
        ge=0.02,
        le=20,
        title=N_("Pixel spacing"),
        description=N_(
            "The distance of neighbouring pixels' centres after the step, in mm, down and across alike. An"
            " image whose spacing is not known stays as it is."
        ),
    )
    interpolation: Literal["nearest", "bilinear", "bicubic", "area", "lanczos"] = Field(
        default="bilinear",
        title=N_("Interpolation"),
        description=N_("How the value of a new pixel is found from the old ones; fewer pixels are averages."),
    )
