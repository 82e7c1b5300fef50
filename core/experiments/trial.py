"""A short training for an experiment, in this process and without a run folder.

It is a run's training in all but what it leaves behind: the same engine, order, augmentation and rescaling,
so the same config, seed and data give the same losses to the bit (tests/test_experiments_trial.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor
from torch.nn import functional

from core.datasets.records import SplitName
from core.training.config import TrainingConfig
from core.training.engine import Engine
from core.training.metrics import epoch_scores, score_in
from core.training.pipeline import Inputs, PreparedData
from core.training.steps import Source, engine_for, logits_of, training_steps


@dataclass(frozen=True, eq=False)
class Measured:
    """What one split said after every epoch.

    Attributes
    ----------
    y_true
        ndarray of shape (n,), int64.
    logits
        ndarray of shape (n_epochs, n, n_classes), float32; images in the order of `PreparedData.rows`.
    losses
        ndarray of shape (n_epochs,): the mean cross-entropy, in nats.
    """

    y_true: NDArray[np.int64]
    logits: NDArray[np.float32]
    losses: NDArray[np.float64]

    def y_score(self, epoch: int = 0) -> NDArray[np.float64]:
        """Return the probabilities after an epoch (from 1; 0 is the last): (n, n_classes)."""
        scores: NDArray[np.float64] = softmax(self.logits[epoch - 1].astype(np.float64), axis=1)
        return scores

    @property
    def best_epoch(self) -> int:
        """The epoch (from 1) of the lowest loss on this split: the one that a run would keep for "val"."""
        return int(self.losses.argmin()) + 1


@dataclass(frozen=True, eq=False)
class Trial:
    """A finished training.

    Attributes
    ----------
    train_losses
        ndarray of shape (n_epochs,): the mean over an epoch's images while it learned, augmented.
    measured
        What each of the splits asked for said, by its name.
    """

    train_losses: NDArray[np.float64]
    measured: dict[SplitName, Measured]

    @property
    def logits(self) -> dict[SplitName, NDArray[np.float32]]:
        """Logits after the last epoch by split, each of shape (n, n_classes)."""
        return {name: split.logits[-1] for name, split in self.measured.items()}


def run_trial(
    data: PreparedData,
    config: TrainingConfig,
    *,
    inputs: Source | None = None,
    n_classes: int | None = None,
    positive_index: int | None = None,
    measure: tuple[SplitName, ...] = ("val",),
    adapt: Callable[[Engine], None] = lambda engine: None,
    check_stop: Callable[[], None] = lambda: None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Trial:
    """Train for all epochs of `config`, whatever its patience; the network itself is not kept.

    The global random state and the number of threads are put back.

    Parameters
    ----------
    data
        From core.training.pipeline.prepare; its rows say who trains.
    config
        Of it the network, the training and the augmentations count, and `threads` (None: as many as this
        process uses now).
    inputs
        Feeds the network in place of the usual `Inputs(data, config.augmentations, device)`.
    n_classes
        Default: one more than the highest label.
    positive_index
        The class that a focal alpha weighs, and that `best_by` speaks of.
    measure
        The splits that are asked about after every epoch. None of them chooses anything; "val" alone tells
        a plateau.
    adapt
        Changes the engine before the first step, for a mistake that no config can ask for.
    check_stop
        Called after each step; what it raises ends the training.
    progress
        Called after each step with the fraction that is done.
    """
    with put_back(config.threads):
        classes = int(data.labels.max()) + 1 if n_classes is None else n_classes
        engine = engine_for(data, config, n_classes=classes, positive_index=positive_index)
        adapt(engine)
        data = data.on(engine.device)
        source = inputs or Inputs(data, config.augmentations, engine.device)
        losses: list[float] = []
        seen: dict[SplitName, list[tuple[Tensor, Tensor]]] = {name: [] for name in measure}
        for epoch in range(1, config.epochs + 1):
            loss_sum, n_images = 0.0, 0
            for step in training_steps(engine, source, data, config, epoch=epoch):
                loss_sum += float(step.loss) * step.n_images
                n_images += step.n_images
                progress((epoch - 1 + step.done) / config.epochs)
                check_stop()
            losses.append(loss_sum / n_images)
            for name in measure:
                seen[name].append(logits_of(engine, source, data.rows[name]))
            if config.schedule == "plateau":  # the one schedule that looks at the validation split
                val = seen["val"][-1] if "val" in seen else logits_of(engine, source, data.rows["val"])
                engine.end_epoch(score_in(epoch_scores(*val, positive_index), config.best_by))
        return Trial(np.array(losses), {name: _measured(asked) for name, asked in seen.items()})


def _measured(asked: list[tuple[Tensor, Tensor]]) -> Measured:
    losses = [float(functional.cross_entropy(logits, labels)) for logits, labels in asked]
    logits = torch.stack([logits for logits, _labels in asked])
    return Measured(asked[0][1].numpy(), logits.numpy(), np.array(losses))


@contextmanager
def put_back(threads: int | None) -> Iterator[None]:
    """Use so many threads inside; put them and the global random state back at the end."""
    before = torch.get_num_threads()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        try:
            if threads is not None:
                torch.set_num_threads(threads)
            yield
        finally:
            torch.set_num_threads(before)
