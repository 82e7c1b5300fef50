"""A cross-validation's request and what it found. No torch here."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from core.evaluation.records import Evaluation, MetricValue
from core.language import N_
from core.training.config import TrainingConfig

KIND: Final = "crossvalidation"
LEVEL: Final = 0.95


class FoldsRequest(BaseModel):
    """config.json of a cross-validation: one config, trained `n_folds` times.

    The config's own split says by what rule patients are divided (together or not, seed, labels); its scheme
    and fold are set for each training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainingConfig
    n_folds: int = Field(
        default=5,
        ge=3,
        le=10,
        title=N_("Folds"),
        description=N_("Into how many parts the patients are cut. As many networks are trained."),
    )
    dataset_revision: str


class FoldScore(BaseModel):
    """What one network says of the patients that it has never seen.

    Attributes
    ----------
    fold, run
        Which part was held out, from 1, and the run that was trained on the others.
    n_images, n_patients
        Held out; None where the patients are not known.
    best_epoch
        Chosen on another part, not on this one.
    metrics
        Name (see METRICS) to value, each with its own interval over these patients.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fold: int
    run: str
    n_images: int
    n_patients: int | None
    n_train: int
    best_epoch: int
    metrics: dict[str, MetricValue]


class FoldMean(BaseModel):
    """The mean of a metric over the folds, with the corrected interval.

    `n_folds` is how many folds have a value; `low` and `high` are None where there is no interval.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    spread: float | None  # standard deviation over the folds
    low: float | None
    high: float | None
    n_folds: int


class FoldsResult(BaseModel):
    """result.json of a cross-validation.

    Attributes
    ----------
    scores
        One a fold, in order.
    means
        Metric name to its mean over the folds, where at least one fold has a value.
    pooled
        All held-out answers together, each image once: the same patients, judged by different networks.
    positive_class
        Whose AUROC it is; None for the mean of each class against the rest.
    seconds
        All trainings together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scores: tuple[FoldScore, ...]
    means: dict[str, FoldMean]
    pooled: Evaluation
    positive_class: str | None
    seconds: float
