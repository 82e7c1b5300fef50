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


class TranslateParameters(Parameters):
    """A shift in both directions."""

    distance: float = Field(
        default=0.05,
        ge=0,
        le=0.5,
        title=N_("Largest shift"),
        description=N_(
            "Across and down, the shift is drawn evenly between minus and plus this fraction of the width and"
            " of the height."
        ),
    )


class ScaleParameters(Parameters):
    """Another size."""

    change: float = Field(
        default=0.1,
        ge=0,
        le=0.5,
        title=N_("Largest change of size"),
        description=N_(
            "The size is multiplied by a factor drawn evenly between 1 minus and 1 plus this; a smaller"
            " picture has a black border."
        ),
    )


class ShearParameters(Parameters):
    """A slant in both directions."""

    degrees: float = Field(
        default=5.0,
        ge=0,
        le=45,
        title=N_("Largest slant"),
        description=N_(
            "Across and down, the angle of the slant is drawn evenly between minus and plus this many"
            " degrees."
        ),
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
    aspect: float = Field(
        default=1.0,
        ge=1,
        le=2,
        title=N_("Largest change of proportions"),
        description=N_(
            "The part may be wider or taller by a factor of up to this, and is stretched to the full size; 1"
            " keeps the proportions."
        ),
    )


class ElasticParameters(Parameters):
    """A smooth bend of the whole picture."""

    displacement: float = Field(
        default=0.03,
        ge=0,
        le=0.1,
        title=N_("Largest displacement"),
        description=N_(
            "How far a control point is moved across and down at most, as a fraction of the shorter side."
        ),
    )
    points: int = Field(
        default=4,
        ge=2,
        le=8,
        title=N_("Control points"),
        description=N_(
            "How many fields of control points lie along a side. More of them make shorter waves; with many"
            " fields and a large displacement the picture folds over itself."
        ),
    )


class BrightnessParameters(Parameters):
    """Another exposure."""

    change: float = Field(
        default=0.15,
        ge=0,
        le=0.9,
        title=N_("Largest change of brightness"),
        description=N_("All pixels are multiplied by a factor drawn evenly between 1 minus and 1 plus this."),
    )


class ContrastParameters(Parameters):
    """A softer or a harder picture."""

    change: float = Field(
        default=0.15,
        ge=0,
        le=0.9,
        title=N_("Largest change of contrast"),
        description=N_(
            "The distance from the mean grey is multiplied by a factor drawn evenly between 1 minus and 1"
            " plus this."
        ),
    )


class GammaParameters(Parameters):
    """A curve that lifts or lowers the middle greys."""

    largest: float = Field(
        default=1.25,
        ge=1,
        le=3,
        title=N_("Largest exponent"),
        description=N_(
            "Pixels from 0 to 1 are raised to a power between 1 divided by this and this; halving is as"
            " likely as doubling. Black and white stay."
        ),
    )


class GaussianNoiseParameters(Parameters):
    """Noise that is the same in dark and bright parts."""

    deviation: float = Field(
        default=0.03,
        ge=0,
        le=0.3,
        title=N_("Largest noise"),
        description=N_(
            "The standard deviation of the noise, where white is 1, is drawn evenly between 0 and this."
        ),
    )


class PoissonNoiseParameters(Parameters):
    """Noise of counted photons."""

    noise: float = Field(
        default=0.05,
        ge=0,
        le=0.3,
        title=N_("Largest noise at white"),
        description=N_(
            "The relative noise of a white pixel is drawn evenly between 0 and this. Noise s means 1/s²"
            " photons there: 0.05 is 400 photons, 0.1 is 100. Half the dose has 1.4 times the noise."
        ),
    )


class BlurParameters(Parameters):
    """A picture out of focus."""

    sigma: float = Field(
        default=1.0,
        ge=0,
        le=5,
        title=N_("Largest blur"),
        description=N_(
            "The standard deviation of the Gaussian filter, in pixels of the training image, is drawn evenly"
            " between a fifth of this and this."
        ),
    )


class EraseParameters(Parameters):
    """A black box somewhere."""

    area: float = Field(
        default=0.15,
        ge=0,
        le=0.5,
        title=N_("Largest area"),
        description=N_("The box covers a fraction of the image drawn evenly between 0 and this."),
    )
    aspect: float = Field(
        default=3.0,
        ge=1,
        le=5,
        title=N_("Largest proportion"),
        description=N_("The box is up to so many times as tall as wide, or as wide as tall."),
    )


class MixupParameters(Parameters):
    """How evenly two images are blended."""

    alpha: float = Field(
        default=0.2,
        ge=0,
        le=4,
        title=N_("Alpha"),
        description=N_(
            "The share of the first image is drawn from Beta(alpha, alpha): small values leave one image"
            " almost alone, 1 makes all shares equally likely, large values blend half and half. 0 blends"
            " nothing."
        ),
    )


class CutmixParameters(Parameters):
    """How large the box is that comes from another image."""

    alpha: float = Field(
        default=1.0,
        ge=0,
        le=4,
        title=N_("Alpha"),
        description=N_(
            "The share of the first image is drawn from Beta(alpha, alpha): 1 makes all sizes of the box"
            " equally likely. 0 cuts nothing."
        ),
    )
