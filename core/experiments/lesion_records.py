"""What is asked and answered about the lesions that augmentations push out of the picture, or hide."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.experiments.records import Request, Result
from core.statistics.shares import Share
from core.transforms.records import AugmentationStep

ROSE_THRESHOLD: Final = 5.0  # Rose 1948, doi:10.1364/JOSA.38.000196: below it a disc is not seen surely
LEFT_THRESHOLD: Final = 0.5  # less of a lesion's area than this, and it counts as pushed out
Why = Literal["pushed out", "hidden"]


class LesionRequest(Request):
    """Which data set, which augmentations, and how often they are drawn."""

    dataset: str
    revision: str
    steps: tuple[AugmentationStep, ...]
    n_films: int = Field(default=200, ge=1)
    n_draws: int = Field(default=8, ge=1)
    image_size: int = Field(default=128, ge=16)
    seed: int = 0


class LesionLoss(BaseModel):
    """What one augmentation, or all together, does to the lesions.

    Attributes
    ----------
    step
        Its name; None for all together.
    pushed_out
        Share of the draws that leave less than half of a lesion's area in the picture.
    hidden
        Of the lesions that were visible before: share of the draws that leave it in the picture with a Rose k
        below 5.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str | None
    pushed_out: Share
    hidden: Share


class LostLesion(BaseModel):
    """A lesion that vanished, before and after.

    Attributes
    ----------
    why
        Pushed out of the picture, or left in it but below a Rose k of 5.
    left
        Share of its area that is still in the picture.
    rose_before, rose_after
        Its k; None where it cannot be measured, for too little of it or of its surroundings is left.
    before, after
        The pictures as PNG, base64; the lesion is outlined.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: Why
    sample_id: int
    left: float
    rose_before: float
    rose_after: float | None
    before: str
    after: str

    @property
    def fall(self) -> float:
        """By how much its k fell; one that was pushed out has fallen to 0."""
        return self.rose_before - (self.rose_after or 0.0 if self.why == "hidden" else 0.0)


class LesionLosses(Result):
    """What the augmentations do to the lesions of some films.

    Attributes
    ----------
    n_films, n_lesions, n_patients, n_draws
        How many were looked at, and how often each lesion was drawn by each augmentation.
    visible
        Share of the lesions with a Rose k of at least 5 before anything is done.
    losses
        Of each augmentation alone, then of all together.
    examples
        At most one of each kind, from all together.
    """

    n_films: int
    n_lesions: int
    n_patients: int
    n_draws: int
    visible: Share
    losses: tuple[LesionLoss, ...]
    examples: tuple[LostLesion, ...]
