"""The curves of a run as the detectors see them: only the stretch since it last changed on purpose."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.evaluation.coach.noise import Curve, auroc_error, guessing_loss, now
from core.evaluation.coach.thresholds import RECENT
from core.language import Message
from core.models.catalog import MODELS
from core.runs.records import EpochMetrics, StepMetrics
from core.training.config import TrainingConfig
from core.training.config.stages import plan, stage_of
from core.transforms.catalog import AUGMENTATIONS


@dataclass(frozen=True)
class Curves:
    """What is known of a run so far.

    Attributes
    ----------
    all_epochs, all_steps
        The lines of metrics.jsonl, in order.
    n_train, n_val
        Images on each side of the split.
    error
        Why the run failed; None where it did not.
    is_over
        Whether no more epochs will come.
    branched_at
        The epoch of its parent that the run goes on from, 0 for a run from the beginning.
    """

    config: TrainingConfig
    all_epochs: tuple[EpochMetrics, ...]
    all_steps: tuple[StepMetrics, ...]
    n_train: int
    n_val: int
    class_names: tuple[str, ...]
    error: Message | None = None
    is_over: bool = False
    branched_at: int = 0

    @cached_property
    def begins_after(self) -> int:
        """The epoch after which the present stretch begins: the last stage border, or the branch."""
        so_far = self.all_epochs[-1].epoch if self.all_epochs else 0
        stages = [stage.first_epoch - 1 for stage in plan(self.config) if stage.first_epoch <= so_far]
        return max([self.branched_at, *stages])

    @cached_property
    def epochs(self) -> tuple[EpochMetrics, ...]:
        """The epochs of the present stretch."""
        return tuple(line for line in self.all_epochs if line.epoch > self.begins_after)

    @cached_property
    def steps(self) -> tuple[StepMetrics, ...]:
        """The step groups of the present stretch."""
        return tuple(line for line in self.all_steps if line.epoch > self.begins_after)

    @cached_property
    def train(self) -> Curve:
        """Training loss, of shape (n_epochs,)."""
        return np.array([line.train_loss for line in self.epochs])

    @cached_property
    def val(self) -> Curve:
        """Validation loss, of shape (n_epochs,)."""
        return np.array([line.val_loss for line in self.epochs])

    @cached_property
    def val_counts(self) -> tuple[int, ...] | None:
        """Validation images of each class; None where no epoch wrote them down."""
        confusion = next((line.val_confusion for line in self.all_epochs if line.val_confusion), None)
        return None if confusion is None else tuple(sum(row) for row in confusion)

    @cached_property
    def guessing(self) -> float:
        """The validation loss of a network that answers with the shares of the classes."""
        return guessing_loss(self.val_counts, len(self.class_names))

    @property
    def is_frozen(self) -> bool:
        """Whether a part of the network does not learn in the present stretch."""
        return stage_of(plan(self.config), self.begins_after + 1).n_unfrozen is not None

    def beats_chance(self, sigmas: float) -> bool | None:
        """Tell whether AUROC lies apart from 0.5 by so many standard errors; None where it is not known."""
        known = [line.val_auroc for line in self.epochs if line.val_auroc is not None]
        if not known:
            return None
        return abs(now(known, RECENT) - 0.5) > sigmas * auroc_error(self.val_counts, self.n_val)

    @property
    def is_comparable(self) -> bool:
        """Whether the training loss measures the same as the validation loss, and of images of the same kind.

        Not so where it is another loss, weighs or repeats images, or softens or mixes the labels.
        """
        config = self.config
        is_mixed = any(AUGMENTATIONS[step.name].stage == "mixing" for step in config.augmentations)
        return (
            config.loss == "cross-entropy"
            and not config.label_smoothing
            and config.balance == "plain"
            and not is_mixed
            and not MODELS[config.model].auxiliary
        )

    @property
    def images_a_group(self) -> int:
        """About how many images a line of the training loss stands for: an eighth of an epoch, or a batch."""
        return max(1, min(self.config.batch_size, self.n_train), self.n_train // 8)
