"""The training loop, read from top to bottom: one epoch after another until it is done, stopped or useless.

After every batch it looks whether it should stop, and every so often it saves everything it needs to go on. A
run that was killed goes on from the last save and gives the same losses and weights as one that was not (same
machine, same number of threads): nothing that matters is drawn from anywhere but (seed, epoch, batch) and the
saved random state.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from core.errors import JobStoppedError
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.checkpoints import keep_epoch, load_last, load_start, save_weights
from core.runs.kept import SMALL_NETWORK_BYTES, is_geometric, parent_request
from core.runs.records import CardMetric, EpochMetrics, ModelCard
from core.runs.store import Run
from core.training.engine import Engine
from core.training.memory import (
    CarefulStep,
    TooLittleMemoryError,
    does_not_fit,
    logits_with_room,
    on_device,
    telling_shortage,
)
from core.training.metrics import epoch_scores, score_of
from core.training.pipeline import Inputs, PreparedData
from core.training.progress import Progress
from core.training.recording import Recorder
from core.training.replay import Replay
from core.training.saving import Saver, Snapshot
from core.training.steps import Step, training_steps
from core.training.taking_up import take_up
from core.training.watching import Divergence, Watch, has_finite_weights, no_number

_SAVE_SECONDS = 30.0  # at most so much work is lost to a kill in a long epoch
_GROUPS_AN_EPOCH: Final = 8  # lines in metrics.jsonl for the training loss of one epoch


@dataclass(eq=False)
class Training:
    """A run at work: what it reads, what it moves, where it writes."""

    run: Run
    job: Job
    engine: Engine
    prepared: PreparedData  # in the CPU's memory or on the disk
    card: Callable[[int, dict[str, CardMetric]], ModelCard]  # (best epoch, its validation metrics) -> card
    positive_index: int | None
    n_classes: int
    saver: Saver
    recorder: Recorder
    after_epoch: Callable[[EpochMetrics], None] = lambda metrics: None  # once it is written; may end the run
    replay: Replay | None = None  # films the learning, and changes nothing of it

    def __post_init__(self) -> None:
        self.saved_at = time.monotonic()
        divergence = Divergence(self.n_classes, self.engine.n_batches)
        self.watch = Watch(self.engine, divergence, self.recorder.steps)
        self.step = CarefulStep(self.engine, self._note_memory, self.job.check_stop)
        self._read(on_device(self.prepared, self.engine.device, self._note_memory))

    def leave_device(self) -> None:
        """Read the images from the CPU's memory from here on; LightboxError if that is so already."""
        if self.data is self.prepared:
            raise does_not_fit(self.engine)
        text = N_("The images made the device's memory too small: each batch is brought there by itself.")
        self._note_memory(Message(text=text))
        self._read(self.prepared)

    def val_logits(self, begin: Callable[[], None] = lambda: None) -> tuple[Tensor, Tensor]:
        """Return logits and labels of the validation split; JobStoppedError if asked to stop meanwhile."""
        return self.logits(self.data.rows["val"], begin)

    def logits(self, rows: Tensor, begin: Callable[[], None]) -> tuple[Tensor, Tensor]:
        """Return logits and labels of rows of the data; `begin` is called where the pass begins."""
        n_pixels, look = math.prod(self.data.pixels.shape[1:]), self.job.check_stop
        return logits_with_room(self.engine, self.inputs, rows, n_pixels=n_pixels, look=look, begin=begin)

    def _read(self, data: PreparedData) -> None:
        steps, device = self.run.config.augmentations, self.engine.device
        self.data = data
        self.inputs = Inputs(data, steps, device, n_classes=self.n_classes)

    def _note_memory(self, text: Message) -> None:
        self.recorder.note("memory", text)


def go_on_from_last(run: Run, engine: Engine) -> None:
    """Give an engine the state of the run's last save, or a branch that of its parent, if there is one."""
    state = load_last(run.folder)
    if state is not None:
        engine.restore(state)
    elif (before := parent_request(run)) is not None:
        take_up(engine, load_start(run), before.config)


def train(training: Training) -> None:
    """Train until the last epoch, early stopping, or a wish to stop.

    Raises
    ------
    JobStoppedError
        Somebody asked to stop; everything is saved.
    LightboxError
        The loss is no longer a number, or the run diverges, or nothing fits into the memory. The last good
        state is saved.
    """
    progress = training.engine.progress
    if progress.step == 0 and training.replay is not None and training.replay.is_start_cheap:
        _film_start(training, training.replay)
    while not progress.is_finished:
        began, seen_before = time.monotonic(), training.recorder.images_seen
        try:
            _train_epoch(training)
            seconds = max(time.monotonic() - began, 1e-9)
            metrics = _validate(training, (training.recorder.images_seen - seen_before) / seconds)
        except JobStoppedError:
            _save(training)
            training.saver.flush()
            raise
        _end_epoch(training, metrics)
        training.after_epoch(metrics)
    training.saver.flush()


def _train_epoch(training: Training) -> None:
    engine, watch, recorder = training.engine, training.watch, training.recorder
    progress = engine.progress
    group = max(1, engine.n_batches // _GROUPS_AN_EPOCH)
    if progress.group_n_images and _ends_group(progress, group):  # stopped while its line waited for room
        watch.see(recorder.group(engine.rates.at(engine.n_steps - 1) * engine.plateau.factor))
    for step in _steps(training):
        if step.stage is not None:
            recorder.note("stage", step.stage)
        watch.add(step)
        recorder.count(step.n_images)
        if _ends_group(progress, group):
            watch.look()
            watch.see(recorder.group(step.learning_rate))
        recorder.report(training.saver.offer)  # each is synced to the disk, which may take a step's time
        training.saver.check()
        if time.monotonic() - training.saved_at > _SAVE_SECONDS:
            _save(training)
        training.job.check_stop()
    watch.look()


def _ends_group(progress: Progress, group: int) -> bool:
    return progress.step == 1 or (progress.batch > 0 and progress.batch % group == 0)


def _steps(training: Training) -> Iterator[Step]:
    """Yield the steps of the epoch at work that are not made yet."""
    progress, config = training.engine.progress, training.run.config
    while True:
        epoch, first = progress.epoch + 1, progress.batch + 1
        source, data, step = training.inputs, training.data, training.step
        try:
            with telling_shortage():
                yield from training_steps(
                    training.engine, source, data, config, epoch=epoch, first=first, step=step
                )
                return
        except TooLittleMemoryError:  # not in the step: it has no room for its inputs
            training.leave_device()


def _validate(training: Training, images_per_second: float) -> EpochMetrics:
    """Measure the network on the validation split as it is now."""
    engine = training.engine
    progress = engine.progress
    with training.replay.watching() if training.replay else nullcontext(_nothing) as begin:
        logits, labels = training.val_logits(begin)
    scores = epoch_scores(logits, labels, training.positive_index)
    if not math.isfinite(scores["val_loss"]):
        raise no_number(progress.step, engine.config.learning_rate)
    if training.replay is not None:
        training.replay.record(progress.epoch + 1, logits, training.inputs, training.data.rows["val"].device)
    training.recorder.restart_clock()
    return EpochMetrics(
        epoch=progress.epoch + 1,
        step=progress.step,
        train_loss=progress.loss_sum / progress.n_images,
        learning_rate=engine.learning_rate,
        images_per_second=images_per_second,
        seconds=training.recorder.seconds,
        **scores,
    )


def _film_start(training: Training, replay: Replay) -> None:
    """Film the network as it is before its first step, from a pass over what is on the map of cases alone."""
    device = training.data.rows["val"].device
    with replay.watching(points_alone=True) as begin:
        logits, _ = training.logits(torch.from_numpy(replay.point_rows).to(device), begin)
    replay.record(0, logits, training.inputs, device)


def _nothing() -> None:
    """Do nothing."""


def _end_epoch(training: Training, metrics: EpochMetrics) -> None:
    """Count the epoch, and keep the best network, the epoch if the policy says so, and the last state."""
    config, progress = training.run.config, training.engine.progress
    progress.epoch, progress.batch = metrics.epoch, 0
    progress.loss_sum, progress.n_images = 0.0, 0
    score = score_of(metrics, config.best_by)
    training.engine.end_epoch(score)
    is_best = score > progress.best_score or progress.best_epoch == 0
    if is_best:
        progress.best_score, progress.best_epoch = score, metrics.epoch
    progress.epochs_without_improvement = 0 if is_best else progress.epochs_without_improvement + 1
    progress.is_finished = progress.epoch >= config.epochs or _is_out_of_patience(training)
    training.recorder.write(metrics)  # before the save: a kill in between cuts it again
    _save(training, also=lambda taken: _keep(training, metrics, taken, is_best=is_best))


def _keep(training: Training, metrics: EpochMetrics, taken: Snapshot, *, is_best: bool) -> Path | None:
    """Write what is kept of an epoch beside last.pt, from the same copy; return the file of all of it."""
    folder, saver = training.run.folder, training.saver
    if is_best:
        card = training.card(metrics.epoch, _card_metrics(training, metrics))
        saver.put(
            folder / "best.safetensors",
            lambda: save_weights(folder, taken.on_cpu()["model"], card),
            taken.n_bytes,
        )
    if not _is_kept(training, metrics.epoch):
        return None
    path = folder / "epochs" / f"{metrics.epoch}.pt"
    saver.put(path, lambda: keep_epoch(folder, metrics.epoch, taken.on_cpu()), taken.n_bytes)
    return path


def _is_kept(training: Training, epoch: int) -> bool:
    policy = training.run.config.keep_epochs
    size = sum(parameter.nbytes for parameter in training.engine.model.parameters())
    if policy == "auto" and size > SMALL_NETWORK_BYTES:
        return is_geometric(epoch)
    return policy != "none"


def _card_metrics(training: Training, metrics: EpochMetrics) -> dict[str, CardMetric]:
    n = len(training.data.rows["val"])
    return {
        "log_loss": CardMetric(value=metrics.val_loss, n=n),
        "accuracy": CardMetric(value=metrics.val_accuracy, n=n),
        "auroc": CardMetric(value=metrics.val_auroc, n=n),
    }


def _is_out_of_patience(training: Training) -> bool:
    patience = training.run.config.patience
    return 0 < patience <= training.engine.progress.epochs_without_improvement


def _save(training: Training, also: Callable[[Snapshot], Path | None] = lambda taken: None) -> None:
    """Let last.pt be written, after what `also` lets be written; never with weights that are no numbers."""
    training.watch.look()
    if not has_finite_weights(training.engine.model):
        raise no_number(training.engine.progress.step, training.engine.config.learning_rate)
    training.saver.save(training.engine.state(), also)
    training.saved_at = time.monotonic()
