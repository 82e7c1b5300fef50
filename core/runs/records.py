"""What a run writes down: its request, its metrics, its model card."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.language import Message
from core.training.config import TrainingConfig
from core.transforms.records import ChannelStatistics, Preprocessing


class Parent(BaseModel):
    """The run that this one was made from, and the epoch if it goes on from one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    epoch: int | None = None


class RunRequest(BaseModel):
    """config.json: what was asked for, and of which state of the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainingConfig
    dataset_revision: str
    split_hash: str | None = None  # of who stands where: see core.datasets.splits.hash_of
    parent: Parent | None = None
    group: str | None = None  # what it was made for together with others: the folds of a cross-validation
    pinned: tuple[int, ...] | None = None  # sample ids to follow from epoch to epoch; None: chosen by a rule

    @field_validator("config", mode="before")
    @classmethod
    def _of_today(cls, config: Any) -> Any:
        """Read a run of old: its "sgd" had a momentum of 0.9, which is a choice of its own now."""
        if isinstance(config, dict) and config.get("optimizer") == "sgd" and "momentum" not in config:
            return config | {"optimizer": "momentum"}
        return config


class Environment(BaseModel):
    """env.json: the machine and the versions that a run was made with."""

    model_config = ConfigDict(frozen=True)

    versions: dict[str, str]
    device: str
    device_name: str
    threads: int
    precision: Literal["float32", "bfloat16", "float16"]
    memory_format: Literal["contiguous", "channels_last"]
    git_commit: str | None
    dataset_revision: str
    compiled: bool = False  # whether steps are compiled: their rounding differs


class StepMetrics(BaseModel):
    """A line of metrics.jsonl for a group of steps; `loss` is the mean over the group's images."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["step"] = "step"
    step: int
    epoch: float
    loss: float
    learning_rate: float
    images_per_second: float
    seconds: float
    memory_bytes: int | None = None  # of the GPU at its peak, or of the process; None in runs of old


class EpochMetrics(BaseModel):
    """A line of metrics.jsonl for a finished epoch; `train_loss` is the mean while it learned, augmented."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["epoch"] = "epoch"
    epoch: int
    step: int
    train_loss: float
    val_loss: float
    val_accuracy: float
    val_auroc: float | None  # None where a class is missing from the validation split
    learning_rate: float
    images_per_second: float
    seconds: float
    val_balanced_accuracy: float | None = None  # this and the next three: None in runs of old
    val_f1: float | None = None  # of the positive class, the mean over all classes with more than two
    val_average_precision: float | None = None  # likewise
    val_mcc: float | None = None
    val_predicted: tuple[int, ...] | None = None  # images called each class; None in runs of old
    val_confusion: tuple[tuple[int, ...], ...] | None = None  # rows = truth; None too with very many classes


EventKind = Literal["stage", "memory", "disk", "compile", "rate", "branch", "replay"]


class RunEvent(BaseModel):
    """A line of metrics.jsonl for what happened to a run: too little memory, a full disk, a new stage."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["event"] = "event"
    what: EventKind
    step: int
    epoch: float  # finished epochs, with the part of the one at work
    message: Message


class CardMetric(BaseModel):
    """A metric in a model card: never without its n, and with an interval where one was computed."""

    model_config = ConfigDict(frozen=True)

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    method: str = ""


class CardCalibration(BaseModel):
    """What the logits are divided by before the softmax, for probabilities that hold; fitted on validation.

    Attributes
    ----------
    temperature
        Between the bounds of `core.evaluation.calibration`; 1 changes nothing.
    n
        On how many validation images it was fitted.
    """

    model_config = ConfigDict(frozen=True)

    temperature: float = Field(ge=0.05, le=20)
    n: int = Field(ge=1, le=10**12)


class CardOperatingPoint(BaseModel):
    """From which raw probability on a class is called, and what that did on the validation images.

    Attributes
    ----------
    threshold
        Of the positive class of two.
    sensitivity, specificity
        At this threshold, with intervals; None where nothing was judged.
    """

    model_config = ConfigDict(frozen=True)

    threshold: float = Field(ge=0, le=1)
    sensitivity: CardMetric | None = None
    specificity: CardMetric | None = None


class ModelCard(BaseModel):
    """model.json: what travels with the weights, so that they are never used without it."""

    model_config = ConfigDict(frozen=True)

    run: str
    model: str
    class_names: tuple[str, ...]
    positive_class: str | None
    n_channels: Literal[1, 3]
    preprocessing: Preprocessing
    statistics: ChannelStatistics
    intended_use: str
    simulated: bool
    dataset: str
    n_train_images: int
    n_train_patients: int | None
    best_epoch: int
    image_size: int | None = None  # side in pixels; None in cards of old, whose networks take any
    metrics: dict[str, dict[str, CardMetric]] = {}  # by split, then by name
    calibration: CardCalibration | None = None  # this and the next: of a model that left its run
    operating_point: CardOperatingPoint | None = None  # None too with more than two classes
