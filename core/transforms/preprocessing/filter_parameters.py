"""The parameters of the steps that look at a pixel's neighbours, or at all pixels."""

from typing import Literal

from pydantic import Field

from core.language import N_
from core.transforms.records import Parameters


class EqualiseParameters(Parameters):
    """How strongly grey levels are spread."""

    strength: float = Field(
        default=1.0,
        ge=0,
        le=1,
        title=N_("Strength"),
        description=N_("1 spreads the grey levels evenly, 0 changes nothing, in between is a blend of both."),
    )


class ClaheParameters(Parameters):
    """How local and how strong the equalisation is."""

    tiles: int = Field(
        default=8,
        ge=1,
        le=32,
        title=N_("Tiles"),
        description=N_(
            "The picture is divided into so many tiles down and across; each has its own curve, blended with"
            " its neighbours'."
        ),
    )
    clip_limit: float = Field(
        default=2.0,
        ge=0.5,
        le=40,
        title=N_("Clip limit"),
        description=N_(
            "How many times its even share one of 256 grey levels may count: small keeps noise down, large"
            " comes close to plain equalisation."
        ),
    )


class GaussianParameters(Parameters):
    """How far a pixel is smeared."""

    sigma: float = Field(
        default=1.0,
        ge=0.3,
        le=8,
        title=N_("Sigma"),
        description=N_("Standard deviation of the bell curve, in pixels. Detail finer than this is lost."),
    )


class MedianParameters(Parameters):
    """How many pixels vote."""

    size: Literal[3, 5, 7] = Field(
        default=3,
        title=N_("Size"),
        description=N_("Side of the square whose middle value is taken, in pixels."),
    )


class BilateralParameters(Parameters):
    """How far and how alike a neighbour may be."""

    sigma_space: float = Field(
        default=1.5,
        ge=0.5,
        le=2.5,
        title=N_("Sigma in space"),
        description=N_("How far a neighbour may be, in pixels; it is looked for within twice of this."),
    )
    sigma_range: float = Field(
        default=0.1,
        ge=0.01,
        le=1,
        title=N_("Sigma in grey"),
        description=N_(
            "How different a neighbour's grey level (0 to 1) may be: smaller than an edge keeps the edge."
        ),
    )


class UnsharpParameters(Parameters):
    """What is added back, and how much of it."""

    sigma: float = Field(
        default=2.0,
        ge=0.3,
        le=8,
        title=N_("Sigma"),
        description=N_("How fine the detail is that is strengthened: of the blur taken off, in pixels."),
    )
    amount: float = Field(
        default=1.0,
        ge=0,
        le=5,
        title=N_("Amount"),
        description=N_("How much of the detail is added; 0 changes nothing."),
    )
