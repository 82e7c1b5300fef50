"""The parameters of each augmentation: ranges, units and help, as the forms show them."""

from pydantic import Field

from core.language import N_
from core.transforms.records import Parameters


class FlipParameters(Parameters):
    """A mirror image, sometimes."""

    probability: float = Field(
        default=0.5, ge=0, le=1, title=N_("Probability"), description=N_("How often the image is mirrored.")
    )


class RotateParameters(Parameters):
    """A turn around the centre."""

    degrees: float = Field(
        default=7.0,
        ge=0,
        le=180,
        title=N_("Largest angle"),
        description=N_("The angle is drawn evenly between minus and plus this many degrees."),
    )


class CropParameters(Parameters):
    """A random part of the image, enlarged to the full size."""

    smallest: float = Field(
        default=0.85,
        ge=0.2,
        le=1,
        title=N_("Smallest part"),
        description=N_(
            "The side of the part is drawn evenly between this fraction and the whole, its place at random."
        ),
    )


class BrightnessContrastParameters(Parameters):
    """Another exposure."""

    brightness: float = Field(
        default=0.1,
        ge=0,
        le=0.5,
        title=N_("Brightness"),
        description=N_("What is added to all pixels is drawn between minus and plus this, where white is 1."),
    )
    contrast: float = Field(
        default=0.15,
        ge=0,
        le=0.9,
        title=N_("Contrast"),
        description=N_(
            "The distance from the mean grey is multiplied by a factor between 1 minus and 1 plus this."
        ),
    )
