"""The question "how long will it take, and how much memory?", what is measured for it, and the answer.

What is measured does not depend on the number of epochs: the same measurement answers for any of them. No
torch here.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from core.experiments.asked import leaving_out
from core.experiments.records import Request, Result
from core.training.config import TrainingConfig

ESTIMATE: Final = "estimate"
_NOT_ASKED: Final = (
    "learning_rate",
    "label_smoothing",
    "focal_gamma",
    "focal_alpha",
    "weight_decay",
    "schedule",
    "warmup_epochs",
    "step_epochs",
    "rate_factor",
    "plateau_patience",
    "best_by",
    "patience",
    "keep_epochs",
    "replay",
    "fine_tuning_factor",
    "seed",
)

MemoryMethod = Literal["allocated on the GPU", "growth of the process"]


class EstimateRequest(Request):
    """Which network on which images: how many epochs is not asked."""

    config: TrainingConfig
    revision: str

    @classmethod
    def of(cls, config: TrainingConfig, revision: str) -> "EstimateRequest":
        """Return the question that a config asks of a data set in the state `revision`."""
        lengths = {"epochs": 2, "head_epochs": min(config.head_epochs, 1)}
        return cls(
            config=leaving_out(config, _NOT_ASKED).model_copy(update=lengths),
            revision=revision,
        )


class StageTiming(BaseModel):
    """Real steps of one stage of the training, each with its data, augmentation, both passes and optimizer.

    `is_head`: only the head learns. `step_seconds` are those after the warm-up; `n_images` of each step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_head: bool
    step_seconds: tuple[float, ...]
    n_images: int


class Measurement(Result):
    """What a few steps of a training took.

    Attributes
    ----------
    stages
        The head alone, if it learns alone at first, then the rest.
    evaluation_seconds, n_evaluated
        One batch of the validation: how long, and how many images.
    n_train, n_val, n_batches
        Images of an epoch, of its validation, and its steps.
    starting_seconds
        Loading PyTorch and building the network.
    picture_seconds, n_pictures, n_cores
        How long one picture takes to prepare, how many are not prepared yet, and how many cores share them.
    memory_bytes, memory_method
        What training takes at its peak, and how that was found: with the prepared images, and the copy that
        is saved in the background.
    process_bytes
        On a CPU: what the process held before the network was there, PyTorch above all.
    weights_bytes, state_bytes
        Of a saved network, and of all that is needed to go on.
    n_others
        Trainings that were at work at the same time.
    cut_short
        Whether the time for measuring ran out before all steps were made.
    device, threads
        Where it was measured.
    """

    stages: tuple[StageTiming, ...]
    evaluation_seconds: float
    n_evaluated: int
    n_train: int
    n_val: int
    n_batches: int
    starting_seconds: float
    picture_seconds: float
    n_pictures: int
    n_cores: int
    memory_bytes: int
    memory_method: MemoryMethod
    process_bytes: int | None
    weights_bytes: int
    state_bytes: int
    n_others: int
    cut_short: bool
    device: str
    threads: int


class Span(BaseModel):
    """A number with how low and how high it may come out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float


class Estimate(BaseModel):
    """What a run will take.

    Attributes
    ----------
    seconds
        From the button to the end, all epochs; early stopping can only make it shorter.
    seconds_per_epoch
        Of an epoch with its validation, after the head's own epochs.
    images_per_second
        Training images, in training alone.
    preparing_seconds
        Of `seconds`: making the pictures that are not prepared yet.
    memory_bytes
        At its peak; see Measurement.
    disk_bytes
        What the run folder will hold at the end, with the epochs that are kept.
    n_kept_epochs
        How many that are.
    n_steps_measured
        What it was measured on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: Span
    seconds_per_epoch: Span
    images_per_second: float
    preparing_seconds: float
    memory_bytes: int
    disk_bytes: int
    n_kept_epochs: int
    n_steps_measured: int
