"""The parameters of each preprocessing step: ranges, units and help, as the forms show them."""

from typing import Literal

from pydantic import Field

from core.language import N_
from core.transforms.preprocessing.window_presets import PresetName
from core.transforms.records import Parameters


class WindowParameters(Parameters):
    """Which stored values become black and white."""

    mode: Literal["file", "full", "manual", "preset"] = Field(
        default="file",
        title=N_("Window"),
        description=N_(
            "'file' uses the window stored with the image (all values, if it has none); 'full' always all"
            " values; 'manual' the two numbers below; 'preset' a usual one for the kind of image."
        ),
    )
    preset: PresetName = Field(
        default="ct_soft_tissue",
        title=N_("Preset"),
        description=N_(
            "Those of CT are in Hounsfield units; those of other kinds are found in each image's own values,"
            " for these have no common unit. An image of another kind keeps its own window. Used by 'preset'."
        ),
    )
    center: float = Field(
        default=40.0,
        ge=-10_000,
        le=70_000,
        title=N_("Window centre"),
        description=N_(
            "The value that becomes mid-grey, in the image's units (HU for a CT). Used by 'manual'."
        ),
    )
    width: float = Field(
        default=400.0,
        gt=1,
        le=70_000,
        title=N_("Window width"),
        description=N_(
            "From black to white, in the image's units. Narrow means much contrast. Used by 'manual'."
        ),
    )


class PercentileClipParameters(Parameters):
    """Which parts of the pixels become all black and all white."""

    low: float = Field(
        default=1.0,
        ge=0,
        le=49,
        title=N_("Dark end"),
        description=N_("This percentage of the pixels becomes black, in percent."),
    )
    high: float = Field(
        default=99.0,
        ge=51,
        le=100,
        title=N_("Bright end"),
        description=N_("What is brighter than this percentage of the pixels becomes white, in percent."),
    )


class InvertParameters(Parameters):
    """Nothing to choose."""


class GammaParameters(Parameters):
    """How the middle greys are bent."""

    gamma: float = Field(
        default=0.7,
        ge=0.2,
        le=5,
        title=N_("Gamma"),
        description=N_(
            "The exponent: below 1 brightens the dark parts, above 1 darkens them, 1 changes nothing. Black"
            " and white stay."
        ),
    )


class ChannelsParameters(Parameters):
    """Grey or colour."""

    n_channels: Literal[1, 3] = Field(
        default=1,
        title=N_("Channels"),
        description=N_("1 is grey, 3 is red, green and blue. Grey from colour is the luma of ITU-R BT.601."),
    )


class ResizeParameters(Parameters):
    """The size that the network gets."""

    size: int = Field(
        default=64,
        ge=16,
        le=1024,
        title=N_("Image size"),
        description=N_(
            "Side of the square picture that the network gets, in pixels. Twice the side, four times the"
            " work."
        ),
    )
    interpolation: Literal["nearest", "bilinear", "bicubic", "area", "lanczos"] = Field(
        default="bilinear",
        title=N_("Interpolation"),
        description=N_("How the value of a new pixel is found from the old ones."),
    )
    antialias: bool = Field(
        default=True,
        title=N_("Antialias"),
        description=N_(
            "Average over all old pixels under a new one when the picture shrinks. Without it fine detail"
            " turns into false patterns. Nearest never averages; area and Lanczos always do."
        ),
    )
    fit: Literal["stretch", "pad", "crop"] = Field(
        default="stretch",
        title=N_("Fit"),
        description=N_(
            "What happens to a picture that is not square: 'stretch' changes its shape, 'pad' adds black"
            " borders, 'crop' keeps the centre."
        ),
    )


class NormaliseParameters(Parameters):
    """Min-max scaling to a range."""

    per: Literal["range", "image"] = Field(
        default="range",
        title=N_("Black and white taken from"),
        description=N_(
            "'range': the window's black and white; 'image': this image's own darkest and brightest pixel."
        ),
    )
    low: Literal[-1, 0] = Field(
        default=0,
        title=N_("Lowest value"),
        description=N_("What black becomes: 0, or -1 for a range from -1 to 1."),
    )


class StandardiseParameters(Parameters):
    """Subtract a mean, divide by a standard deviation."""

    per: Literal["dataset", "image", "imagenet"] = Field(
        default="dataset",
        title=N_("Statistics of"),
        description=N_(
            "'dataset': mean and standard deviation of the training images; 'image': of this image alone;"
            " 'imagenet': of the photographs that pretrained networks were trained on."
        ),
    )
