"""The training loop, read from top to bottom: one epoch after another until it is done, stopped or useless.

After every batch it looks whether it should stop, and every so often it saves everything it needs to go on. A
run that was killed goes on from the last save and gives the same losses and weights as one that was not (same
machine, same number of threads): nothing that matters is drawn from anywhere but (seed, epoch, batch) and the
saved random state.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import JobStoppedError, LightboxError
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.checkpoints import keep_epoch, load_last, save_best, save_last
from core.runs.metrics import append_metrics, cut_metrics, read_metrics
from core.runs.records import CardMetric, EpochMetrics, ModelCard, RunEvent, StepMetrics
from core.runs.store import Run
from core.training.engine import Engine
from core.training.metrics import epoch_scores, score_of
from core.training.pipeline import Inputs, PreparedData, batches_an_epoch
from core.training.steps import Step, logits_of, training_steps

_SAVE_SECONDS = 30.0  # at most so much work is lost to a kill in a long epoch
_GROUPS_AN_EPOCH = 8  # lines in metrics.jsonl for the training loss of one epoch
_SMALL_NETWORK_BYTES = 2_000_000


@dataclass(eq=False)
class Training:
    """A run at work: what it reads, what it moves, where it writes."""

    run: Run
    job: Job
    engine: Engine
    data: PreparedData
    inputs: Inputs
    card: Callable[[int, dict[str, CardMetric]], ModelCard]  # (best epoch, its validation metrics) -> card
    positive_index: int | None

    def __post_init__(self) -> None:
        self.began = self.saved_at = self.group_began = time.monotonic()
        self.images_seen = 0
        self.resumed_at = 0.0  # epochs that were done before this process began
        self.seconds_before = 0.0  # what they took


def train(training: Training) -> None:
    """Train until the last epoch, early stopping, or a wish to stop; go on from last.pt if there is one.

    Raises
    ------
    JobStoppedError
        Somebody asked to stop; everything is saved.
    LightboxError
        The loss is no longer a number.
    """
    _resume(training)
    progress, config = training.engine.progress, training.run.config
    while not progress.is_finished:
        began, seen_before = time.monotonic(), training.images_seen
        _train_epoch(training)
        metrics = _validate(training, began, training.images_seen - seen_before)
        _end_epoch(training, metrics)
        progress.is_finished = progress.epoch >= config.epochs or _is_out_of_patience(training)
        append_metrics(training.run.folder, metrics)  # before the save: a kill in between cuts it again
        _save(training)


def _train_epoch(training: Training) -> None:
    engine, config, folder = training.engine, training.run.config, training.run.folder
    progress, epoch = engine.progress, engine.progress.epoch + 1
    first = progress.batch + 1
    for step in training_steps(engine, training.inputs, training.data, config, epoch=epoch, first=first):
        _count(training, step)
        _check_loss(training, float(step.loss))
        if step.stage is not None:
            event = RunEvent(what="stage", step=progress.step, epoch=epoch - 1, message=step.stage)
            append_metrics(folder, event)
        if step.number % max(1, step.n_batches // _GROUPS_AN_EPOCH) == 0 or progress.step == 1:
            append_metrics(folder, _step_metrics(training, epoch - 1 + step.done, step.learning_rate))
        _report(training, epoch, epoch - 1 + step.done)
        if time.monotonic() - training.saved_at > _SAVE_SECONDS:
            _save(training)
        if training.job.should_stop():
            _save(training)
            raise JobStoppedError


def _check_loss(training: Training, loss: float) -> None:
    if not math.isfinite(loss):
        text = N_("The loss is no longer a number at step {step}. Try a smaller learning rate than {rate:g}.")
        raise LightboxError(text, step=training.engine.progress.step, rate=training.run.config.learning_rate)


def _count(training: Training, step: Step) -> None:
    progress = training.engine.progress
    progress.step += 1
    progress.batch = step.number
    loss_sum = float(step.loss) * step.n_images
    progress.loss_sum += loss_sum
    progress.n_images += step.n_images
    progress.group_loss_sum += loss_sum
    progress.group_n_images += step.n_images
    training.images_seen += step.n_images


def _step_metrics(training: Training, epoch: float, learning_rate: float) -> StepMetrics:
    """Return the line for the images since the last one, and begin the next group."""
    progress, now = training.engine.progress, time.monotonic()
    line = StepMetrics(
        step=progress.step,
        epoch=epoch,
        loss=progress.group_loss_sum / progress.group_n_images,
        learning_rate=learning_rate,
        images_per_second=progress.group_n_images / max(now - training.group_began, 1e-9),
        seconds=training.seconds_before + now - training.began,
    )
    progress.group_loss_sum, progress.group_n_images = 0.0, 0
    training.group_began = now
    return line


def _validate(training: Training, began: float, n_images: int) -> EpochMetrics:
    """Measure the network on the validation split as it is now."""
    engine = training.engine
    progress = engine.progress
    seconds = time.monotonic() - began
    logits, labels = logits_of(engine, training.inputs, training.data.rows["val"])
    scores = epoch_scores(logits, labels, training.positive_index)
    _check_loss(training, scores["val_loss"])
    training.group_began = time.monotonic()
    return EpochMetrics(
        epoch=progress.epoch + 1,
        step=progress.step,
        train_loss=progress.loss_sum / progress.n_images,
        learning_rate=engine.learning_rate,
        images_per_second=n_images / max(seconds, 1e-9),
        seconds=training.seconds_before + time.monotonic() - training.began,
        **scores,
    )


def _end_epoch(training: Training, metrics: EpochMetrics) -> None:
    """Count the epoch, keep the best network, keep the epoch if the policy says so."""
    engine, folder = training.engine, training.run.folder
    progress = engine.progress
    progress.epoch, progress.batch = metrics.epoch, 0
    progress.loss_sum, progress.n_images = 0.0, 0
    score = score_of(metrics, training.run.config.best_by)
    engine.end_epoch(score)
    if score > progress.best_score or progress.best_epoch == 0:
        progress.best_score, progress.best_epoch = score, metrics.epoch
        progress.epochs_without_improvement = 0
        save_best(folder, engine.model, training.card(metrics.epoch, _card_metrics(training, metrics)))
    else:
        progress.epochs_without_improvement += 1
    if _is_kept(training, metrics.epoch):
        keep_epoch(folder, metrics.epoch, engine.state())


def _is_kept(training: Training, epoch: int) -> bool:
    policy = training.run.config.keep_epochs
    size = sum(parameter.nbytes for parameter in training.engine.model.parameters())
    if policy == "auto" and size > _SMALL_NETWORK_BYTES:
        return epoch & (epoch - 1) == 0  # 1, 2, 4, 8, ...
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


def _report(training: Training, epoch: int, done: float) -> None:
    epochs = training.run.config.epochs
    elapsed = time.monotonic() - training.began
    done_here = done - training.resumed_at
    left = elapsed / done_here * (epochs - done) if done_here > 0 else None
    text = Message(text=N_("Epoch {epoch} of {epochs}"), values={"epoch": epoch, "epochs": epochs})
    training.job.report(done / epochs, text, seconds_left=left)


def _save(training: Training) -> None:
    save_last(training.run.folder, training.engine.state())
    training.saved_at = time.monotonic()


def _resume(training: Training) -> None:
    """Take up the last save, and cut the metrics back to it."""
    state = load_last(training.run.folder)
    if state is not None:
        training.engine.restore(state)
    progress = training.engine.progress
    cut_metrics(training.run.folder, step=progress.step, epoch=progress.epoch)
    training.seconds_before = max(
        (line.seconds for line in read_metrics(training.run.folder).lines if not isinstance(line, RunEvent)),
        default=0.0,
    )
    n_batches = batches_an_epoch(training.data, training.run.config)
    training.resumed_at = progress.epoch + progress.batch / n_batches
