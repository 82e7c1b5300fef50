"""What is asked and answered about a checkpoint's answers under augmentation."""

from pydantic import BaseModel, ConfigDict, Field

from core.experiments.records import Request, Result
from core.statistics.shares import Share
from core.transforms.records import AugmentationStep


class StabilityRequest(Request):
    """Which weights, which augmentations, and how often they are drawn for each validation image.

    `origin` names the weights (core.evaluation.stored.origin_of); `threshold` is that of the positive class
    of two, and with more classes the most probable one is called.
    """

    run: str
    origin: str
    dataset_revision: str
    steps: tuple[AugmentationStep, ...]
    n_draws: int = Field(default=16, ge=2)
    threshold: float = Field(default=0.5, ge=0, le=1)
    seed: int = 0


class Estimate(BaseModel):
    """A number with its 95 % interval, bootstrapped by patient; the ends are None where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None


class Paired(BaseModel):
    """A metric of the plain answers, of the means over draws, and their difference on the same resamples."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plain: Estimate
    mean_of_draws: Estimate
    difference: Estimate


class Stability(Result):
    """How steady a checkpoint is over the validation split.

    Attributes
    ----------
    n_images, n_patients, n_draws
        How many were asked about, and how often each was drawn.
    ever, on_average
        Share of the images whose answer changes in at least one draw, and share of all draws that change it.
    auroc, log_loss, brier, calibration_error
        Of plain answers and of means over draws. The calibration error is defined in
        core.experiments.stability.calibration_error.
    spread
        Mean over images of the standard deviation over draws of the probability of the positive class (of the
        class that was called, with more than two).
    entropy
        Mean over images of the entropy of the probabilities, in nats.
    """

    n_images: int
    n_patients: int
    n_draws: int
    ever: Share
    on_average: Share
    auroc: Paired
    log_loss: Paired
    brier: Paired
    calibration_error: Paired
    spread: Estimate
    entropy: Paired
