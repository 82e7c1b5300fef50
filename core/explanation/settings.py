"""What can be chosen of an explanation; each field with a sentence on what it changes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.language import N_

Baseline = Literal["zeros", "black", "mean", "blur"]
Cells = Literal["grid", "superpixels"]


class ExplainSettings(BaseModel):
    """The choices of a map; a method heeds those that its entry in EXPLAINERS names.

    Lengths are shares of the input's side, so that they mean the same for every network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: Baseline = Field(
        default="zeros",
        title=N_("Starts from"),
        description=N_("What counts as “nothing there”: another start asks another question."),
    )
    n_steps: int = Field(
        default=0, ge=0, le=2000,
        title=N_("Steps"),
        description=N_("Points on the way from the start to the image; 0 raises them until they add up."),
    )  # fmt: skip
    window: float = Field(
        default=0.15, gt=0, le=1,
        title=N_("Size of the window"),
        description=N_("Side of the square that is covered: a small one sees detail and takes longer."),
    )  # fmt: skip
    stride: float = Field(
        default=0.5, gt=0, le=1,
        title=N_("Stride"),
        description=N_("How far the window moves, as a share of its side: small steps are smoother."),
    )  # fmt: skip
    cells: Cells = Field(
        default="grid",
        title=N_("Cells"),
        description=N_("Squares of a grid, or patches that follow the edges of the image."),
    )
    n_cells: int = Field(
        default=49, ge=4, le=400,
        title=N_("Number of cells"),
        description=N_("More cells are finer, take longer, and each of them matters less."),
    )  # fmt: skip
    n_samples: int = Field(
        default=0, ge=0, le=5000,
        title=N_("Samples"),
        description=N_("Random draws: more make the map steadier and slower; 0 is the usual number."),
    )  # fmt: skip
    noise: float = Field(
        default=0.15, gt=0, le=1,
        title=N_("Noise"),
        description=N_("Strength of the noise, as a share of the image's range."),
    )  # fmt: skip
    layer: str | None = Field(
        default=None,
        title=N_("Layer"),
        description=N_("Whose feature maps are read: a late one knows what, an early one knows where."),
    )
    seconds: float = Field(
        default=20.0, gt=0, le=3600,
        title=N_("Time budget (s)"),
        description=N_("When it ends, the steps are not raised any further."),
    )  # fmt: skip
    seed: int = Field(
        default=0, ge=0, lt=2**32,
        title=N_("Seed"),
        description=N_("The same seed gives the same map."),
    )  # fmt: skip
