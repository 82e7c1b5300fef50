"""The learning-rate finder: a short training whose rate rises from step to step (arXiv:1506.01186).

It trains the config's own network on its own training images, augmented and balanced as the run will be, with
its loss and its optimizer. Validation and test are not touched, and the network is thrown away.

Some batches are harder than others, and of a small batch that is most of what its loss says. Each batch is
therefore shown to the untouched network too, and the curve is read from the differences, moved to the mean of
what the untouched one loses: the same course with less noise (a control variate). Costs a third more time.

Covers: which rates let this network learn from the first step on. Does not cover: which rate ends best; a
longer run, a schedule and a warm-up shift it.
"""

import copy
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from core.datasets.records import DatasetInfo
from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.rate_curve import read_curve, rising_rates, sweep
from core.experiments.rate_records import RateCurve, RateRequest
from core.experiments.trial import put_back
from core.jobs.worker import Job
from core.language import N_, Message
from core.models.outputs import split
from core.training.config import TrainingConfig, resolved_preprocessing
from core.training.launch import checked_split
from core.training.pipeline import Inputs, PreparedData, epoch_batches, generator, prepare
from core.training.steps import engine_for


def find_rate(request: RateRequest, job: Job) -> RateCurve:
    """Train with a rising rate and read the curve.

    Raises
    ------
    StateError
        The data set has changed since it was asked.
    UserError
        The config cannot be trained.
    """
    began = time.monotonic()
    config, dataset = request.config, open_dataset(request.config.dataset)
    if dataset.info.revision != request.revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=config.dataset)
    parts = checked_split(config, dataset)

    def preparing(fraction: float) -> None:
        job.check_stop()
        values = {"percent": int(100 * fraction)}
        job.report(0.0, Message(text=N_("Preparing images: {percent} %"), values=values))

    data = prepare(
        dataset, parts, resolved_preprocessing(config, dataset.info.n_channels), progress=preparing
    )
    rates = rising_rates(request.n_steps)
    with put_back(config.threads):
        steps = _Steps(data, config, job, dataset.info, n_steps=request.n_steps)
        losses = sweep(rates.tolist(), steps)
    untouched = np.array(steps.untouched[: len(losses)])
    adjusted = losses - untouched + untouched.mean()
    reading = read_curve(rates[: len(losses)], adjusted)
    return RateCurve(
        rates=tuple(rates[: len(losses)].tolist()),
        losses=tuple(losses.tolist()),
        adjusted=tuple(adjusted.tolist()),
        smoothed=tuple(reading.smoothed.tolist()),
        suggestion=reading.suggestion,
        span=reading.span,
        edge=reading.edge,
        verdict=reading.verdict,
        diverged=len(losses) < len(rates),
        batch_size=config.batch_size,
        seconds=time.monotonic() - began,
    )


class _Steps:
    """One training step after another, each at the rate that is asked for."""

    def __init__(
        self, data: PreparedData, config: TrainingConfig, job: Job, info: DatasetInfo, *, n_steps: int
    ) -> None:
        names, positive = info.class_names, info.positive_class
        n_classes = len(names)
        self._engine = engine_for(
            data,
            config,
            n_classes=n_classes,
            positive_index=None if positive is None else names.index(positive),
            class_names=names,
        )
        self._engine.begin_epoch(1)
        self._first = copy.deepcopy(self._engine.model)
        self.untouched: list[float] = []  # the loss of each batch under the network as it was built
        self._data = data.on(self._engine.device)
        self._inputs = Inputs(self._data, config.augmentations, self._engine.device, n_classes=n_classes)
        self._batches = self._endless(config)
        self._job, self._n_done, self._n_steps = job, 0, n_steps

    def __call__(self, rate: float) -> float:
        """Move the weights once at this rate; return the loss before."""
        inputs, targets = next(self._batches)
        self.untouched.append(self._loss_at_first(inputs, targets))
        for group in self._engine.optimizer.param_groups:
            group["lr"] = rate
        loss = self._engine.step(inputs, targets)
        self._n_done += 1
        self._job.check_stop()
        values = {"step": self._n_done, "n": self._n_steps}
        self._job.report(
            self._n_done / self._n_steps,
            Message(text=N_("Step {step} of at most {n}, the learning rate rising"), values=values),
        )
        return float(loss)

    @torch.no_grad()
    def _loss_at_first(self, inputs: Tensor, targets: Tensor) -> float:
        with self._engine.autocast():
            logits, _auxiliary = split(self._first(inputs))
            return float(self._engine.loss(logits, targets))

    def _endless(self, config: TrainingConfig) -> Iterator[tuple[Tensor, Tensor]]:
        epoch = 1
        while True:
            batches = epoch_batches(self._data, config, epoch=epoch)
            for number, rows in enumerate(batches, start=1):
                yield self._inputs.training(rows, generator(config.seed, epoch, number))
            epoch += 1
