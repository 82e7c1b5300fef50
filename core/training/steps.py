"""What a run and an experiment share: build the engine, train for an epoch, ask a split."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from core.language import Message
from core.training.balance import class_weights
from core.training.config import TrainingConfig
from core.training.engine import Engine, build_engine
from core.training.pipeline import PreparedData, batches_an_epoch, epoch_batches, made_ahead

_EVALUATION_BATCH = 256


class Source(Protocol):
    """What gives the network its inputs: core.training.pipeline.Inputs, or an experiment's own."""

    def training(self, rows: Tensor, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return augmented inputs (B, C, H, W) float32 and targets, for rows of the prepared data."""

    def evaluation(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs as they are, (B, C, H, W) float32, and labels (B,)."""


@dataclass(frozen=True)
class Step:
    """A step that was made: its place among the batches of its epoch, and what came of it.

    `loss`, a tensor without dimensions on the device, is the mean over the batch's `n_images` before the
    weights moved, at `learning_rate`. `stage` says what learns from here on, at the first step of a stage.
    """

    number: int
    n_batches: int
    loss: Tensor
    n_images: int
    learning_rate: float
    stage: Message | None = None

    @property
    def done(self) -> float:
        """The part of the epoch that is done, in (0, 1]."""
        return self.number / self.n_batches


def engine_for(
    data: PreparedData,
    config: TrainingConfig,
    *,
    n_classes: int,
    positive_index: int | None = None,
    class_names: tuple[str, ...] = (),
    progress: Callable[[float], None] | None = None,
) -> Engine:
    """Build the engine that trains on `data`: its schedule ends with the last epoch, its loss is balanced.

    Parameters
    ----------
    positive_index, class_names, progress
        As in `build_engine`.
    """
    weighs = config.balance == "class weights"
    return build_engine(
        config,
        n_classes=n_classes,
        n_channels=int(data.pixels.shape[1]),
        n_batches=batches_an_epoch(data, config),
        class_weights=class_weights(data.labels[data.rows["train"]], n_classes) if weighs else None,
        positive_index=positive_index,
        class_names=class_names,
        progress=progress,
    )


def training_steps(
    engine: Engine,
    source: Source,
    data: PreparedData,
    config: TrainingConfig,
    *,
    epoch: int,
    first: int = 1,
    step: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Iterator[Step]:
    """Train for an epoch (they count from 1), from batch `first` on; each `next` moves the weights once.

    `step` is what does so with inputs and targets; the engine's if left out.
    """
    make_step = step or engine.step
    stage = engine.begin_epoch(epoch)
    batches = epoch_batches(data, config, epoch=epoch)
    made = made_ahead(source.training, batches, config, epoch=epoch, first=first)
    for number, (inputs, targets) in enumerate(made, start=first):
        rate = engine.learning_rate
        yield Step(number, len(batches), make_step(inputs, targets), len(targets), rate, stage)
        stage = None


def logits_of(
    engine: Engine,
    source: Source,
    rows: Tensor,
    *,
    at_once: int = _EVALUATION_BATCH,
    look: Callable[[], None] = lambda: None,
) -> tuple[Tensor, Tensor]:
    """Return logits (n, n_classes) float32 and labels (n,), on the CPU, in the order of `rows`.

    `at_once` images are asked at a time, and `look` is called before them: what it raises ends the work.
    """
    logits, labels = [], []
    for some in torch.split(rows, at_once):
        look()
        inputs, truth = source.evaluation(some)
        logits.append(engine.logits(inputs))
        labels.append(truth.cpu())
    return torch.cat(logits), torch.cat(labels)
