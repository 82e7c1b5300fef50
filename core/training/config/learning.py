"""The fields of a training run that say how a network learns: loss, optimizer, schedule, and when to end."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.language import N_

Loss = Literal["cross-entropy", "focal"]
Optimizer = Literal["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"]
Schedule = Literal["constant", "step", "cosine", "one-cycle", "plateau"]
BestBy = Literal["loss", "accuracy", "balanced_accuracy", "auroc", "average_precision", "f1", "mcc"]


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LossFields(_Fields):
    """What the network is told about each of its answers."""

    loss: Loss = Field(
        default="cross-entropy",
        title=N_("Loss"),
        description=N_(
            "'cross-entropy' counts every image; 'focal' counts images that are already right for little"
            " (arXiv:1708.02002)."
        ),
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        title=N_("Label smoothing"),
        description=N_(
            "Takes this share from the true class and spreads it over all classes, so that the network never"
            " has to be certain (arXiv:1512.00567)."
        ),
    )
    focal_gamma: float = Field(
        default=2.0,
        ge=0,
        le=10,
        title=N_("Focal gamma"),
        description=N_("How little an image that is already right counts; 0 is cross-entropy."),
    )
    focal_alpha: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        title=N_("Focal alpha"),
        description=N_(
            "For two classes: the share of the positive class in the loss, 1 - alpha for the other. Left"
            " empty: both count alike."
        ),
    )


class OptimizerFields(_Fields):
    """The rule that turns gradients into steps, and what holds it back."""

    learning_rate: float = Field(
        default=3e-3,
        ge=1e-6,
        le=1.0,
        title=N_("Learning rate"),
        description=N_(
            "How far the weights move at each step. Too small learns nothing; too large forgets all."
        ),
    )
    optimizer: Optimizer = Field(
        default="adamw",
        title=N_("Optimizer"),
        description=N_(
            "The rule that turns gradients into steps: from plain gradient descent (SGD) to AdamW, which"
            " gives each weight a step size of its own."
        ),
    )
    momentum: float = Field(
        default=0.9,
        ge=0,
        lt=1,
        title=N_("Momentum"),
        description=N_("For 'momentum' and 'nesterov': how much of the last step goes into the next."),
    )
    weight_decay: float = Field(
        default=1e-3,
        ge=0,
        le=1,
        title=N_("Weight decay"),
        description=N_("Pulls weights towards zero at every step, which makes learning by heart harder."),
    )
    dropout: float | None = Field(
        default=None,
        ge=0,
        le=0.9,
        title=N_("Dropout"),
        description=N_(
            "The share of numbers that are switched off by lot in training, before the last layers. Left"
            " empty: as the network was published."
        ),
    )
    gradient_clip: float = Field(
        default=0.0,
        ge=0,
        le=100,
        title=N_("Gradient clipping"),
        description=N_(
            "The longest gradient that is let through; longer ones are shortened. 0 lets all pass."
        ),
    )


class ScheduleFields(_Fields):
    """How the learning rate changes in the course of a run, or of each stage where there are two."""

    schedule: Schedule = Field(
        default="cosine",
        title=N_("Schedule"),
        description=N_(
            "'constant' keeps the learning rate; 'step' and 'plateau' lower it now and then; 'cosine' lowers"
            " it smoothly to zero; 'one-cycle' raises it first."
        ),
    )
    warmup_epochs: float = Field(
        default=0.0,
        ge=0,
        le=50,
        title=N_("Warm-up"),
        description=N_("Epochs in which the learning rate rises in a straight line from near zero."),
    )
    step_epochs: int = Field(
        default=10,
        ge=1,
        le=500,
        title=N_("Epochs to a step"),
        description=N_("For 'step': after so many epochs the learning rate is lowered once more."),
    )
    rate_factor: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        title=N_("Lowered to"),
        description=N_("For 'step' and 'plateau': the learning rate is multiplied by this."),
    )
    plateau_patience: int = Field(
        default=3,
        ge=0,
        le=100,
        title=N_("Epochs on a plateau"),
        description=N_("For 'plateau': epochs without a better validation score that are still waited for."),
    )


class EndingFields(_Fields):
    """Which epoch is the best, and when there is no use in going on."""

    best_by: BestBy = Field(
        default="loss",
        title=N_("Best epoch by"),
        description=N_(
            "The validation metric that chooses the epoch to keep, and that early stopping watches."
        ),
    )
    patience: int = Field(
        default=0,
        ge=0,
        le=100,
        title=N_("Early stopping"),
        description=N_("Stop after so many epochs without a better validation score; 0 never stops early."),
    )
