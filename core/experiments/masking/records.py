"""What is asked and answered about covering a region. No torch here."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.evaluation.records import MetricValue
from core.evaluation.stored import origin_of
from core.experiments.records import Request, Result
from core.explanation.regions import Box
from core.runs.store import Run
from core.statistics.means import Mean
from core.statistics.shares import Share

NAME: Final = "masking"  # in EXPERIMENTS
MOST_IMAGES: Final = 400  # of the validation split: each is asked about ten times
How = Literal["blur", "mean", "copy"]


class MaskingRequest(Request):
    """Which network, which box, and how it is covered; `origin` names the weights and the state of the data.

    The box is in fractions of each image's own sides. `n_places` boxes of the same size are covered elsewhere
    for comparison, one at a time; where they lie, `seed` draws. Of 19 places none moves the answers more than
    a 20th that is no different from them once in 20 times.
    """

    run: str
    origin: str
    box: Box
    how: How = "mean"
    n_places: int = Field(default=19, ge=1, le=50)
    seed: int = Field(default=0, ge=0)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClassChange(_Part):
    """By how much the mean probability of a class changes: covered - as it is, in [-1, 1]."""

    class_name: str
    box: Mean
    elsewhere: Mean


class AreaChange(_Part):
    """AUROC after covering minus AUROC before, on the same images, with its 95 % interval by patient."""

    value: float
    low: float | None
    high: float | None


class Elsewhere(_Part):
    """What covering one of the other boxes did: the mean size of the change, and the AUROC after."""

    box: Box
    size: float
    auroc: float | None


class Changed(_Part):
    """An image whose answer moved: the probability of `class_name` before and after."""

    sample_id: int
    label: str
    class_name: str
    before: float
    after: float


class MaskingAnswer(Result):
    """What covering a box does over the validation split.

    Attributes
    ----------
    n_images, n_patients, n_left_out
        Who was asked about (`n_patients` None: no patient is known, each image counts as one), and how many
        images of the split were spared, whole patients by lot.
    size, size_elsewhere
        Mean over images of half the sum of |change| over the classes: how much probability moves. Of the
        other boxes the mean over them.
    excess
        `size` - `size_elsewhere`, image by image.
    calls, calls_elsewhere
        Share of the images that are called otherwise (at 0.5, or the most probable class).
    classes
        By how much each class's mean probability changes.
    before, after, area
        AUROC as it is and covered, and their paired difference (None where it is not defined).
    places
        The other boxes; empty where no box of this size finds room beside this one, or a quarter over it.
    most
        The images that moved most.
    """

    n_images: int
    n_patients: int | None
    n_left_out: int
    positive_class: str | None
    size: Mean
    size_elsewhere: Mean
    excess: Mean
    calls: Share
    calls_elsewhere: Share
    classes: tuple[ClassChange, ...]
    before: MetricValue
    after: MetricValue
    area: AreaChange | None
    places: tuple[Elsewhere, ...]
    most: tuple[Changed, ...]
    seconds: float

    @property
    def n_as_much(self) -> int:
        """How many of the other boxes move as much probability as this one, or more."""
        return sum(place.size >= (self.size.value or 0.0) for place in self.places)


def masking_request(run: Run, box: Box, how: How = "mean") -> MaskingRequest:
    """Return the question about a run; the same box, to a thousandth, is the same question."""
    sides = {side: round(getattr(box, side), 3) for side in ("left", "top", "right", "bottom")}
    whole = box if sides["right"] <= sides["left"] or sides["bottom"] <= sides["top"] else Box(**sides)
    return MaskingRequest(run=run.run_id, origin=origin_of(run, run.config.dataset), box=whole, how=how)
