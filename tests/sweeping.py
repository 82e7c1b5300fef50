"""What the tests of sweeps share: requests, a trainer of hand-made curves, and a kill at a chosen moment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.experiments.sweeps import worker
from core.experiments.sweeps.records import SweepRequest
from core.experiments.sweeps.space import Dimension
from core.experiments.sweeps.store import Sweep
from core.jobs import control
from core.jobs.worker import Job
from core.language import Message
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics
from core.runs.store import Run, list_runs
from core.training.config import TrainingConfig, parse_config

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}
RATES = Dimension(field="learning_rate", kind="float", low=1e-4, high=0.1, log=True)
OPTIMIZERS = Dimension(field="optimizer", kind="choice", choices=("adam", "sgd"))

Curve = Callable[[TrainingConfig, int], float]


class Killed(BaseException):
    """What ends a process in the middle of a line."""


def request_of(**changes: Any) -> SweepRequest:
    """A sweep of the learning rate, by default of four trials drawn by lot."""
    values = {"config": parse_config(CONFIG), "space": (RATES,), "n_trials": 4} | changes
    return SweepRequest(**values)


def epoch_line(epoch: int, val_loss: float) -> EpochMetrics:
    """A line of metrics.jsonl for an epoch with this validation loss."""
    return EpochMetrics(
        epoch=epoch,
        step=epoch * 10,
        train_loss=val_loss,
        val_loss=val_loss,
        val_accuracy=0.5,
        val_auroc=0.5,
        learning_rate=0.01,
        images_per_second=1.0,
        seconds=float(epoch),
    )


def far_from_a_hundredth(config: TrainingConfig, epoch: int) -> float:
    """A loss that is lowest at a learning rate of 0.01 and falls from epoch to epoch."""
    return abs(config.learning_rate - 0.01) + 1 / epoch


class Trainer:
    """Takes the place of the training: writes a hand-made curve, and counts the epochs that it made.

    `dies_at` is (run number from 0, epoch): there it is killed, with the epoch written and not reported.
    """

    def __init__(self, curve: Curve = far_from_a_hundredth) -> None:
        self.curve = curve
        self.made: list[tuple[str, int]] = []
        self.dies_at: tuple[str, int] | None = None
        self.before_epoch: Callable[[Run, int], None] = lambda run, epoch: None

    def __call__(
        self, job: Job, folder: Path, *, after_epoch: Callable[[EpochMetrics], None] = lambda metrics: None
    ) -> None:
        run = Run(folder.name, folder)
        for epoch in range(len(run.epochs) + 1, run.config.epochs + 1):
            self.before_epoch(run, epoch)
            job.check_stop()
            line = epoch_line(epoch, self.curve(run.config, epoch))
            append_metrics(folder, line)
            self.made.append((folder.name, epoch))
            if self.dies_at == (folder.name, epoch):
                self.dies_at = None
                raise Killed
            after_epoch(line)


def installed(monkeypatch: pytest.MonkeyPatch, curve: Curve = far_from_a_hundredth) -> Trainer:
    """Let sweeps train with hand-made curves, and start no process by themselves."""
    trainer = Trainer(curve)
    monkeypatch.setattr(worker, "train_run", trainer)
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    return trainer


def work_on(sweep: Sweep, number: int = 1) -> None:
    """Be worker `number` of a sweep until it ends."""
    worker.main(sweep.worker_folders[number - 1])


def killed_at_work(sweep: Sweep, number: int = 1) -> None:
    """Be worker `number` until it is killed."""
    with pytest.raises(Killed):
        work_on(sweep, number)


def assert_whole(sweep: Sweep, trainer: Trainer, n_epochs: int = 3) -> None:
    """Every trial ended well, and each of its epochs was trained once."""
    trials = sweep.trials()
    assert sweep.state == "completed"
    assert [trial.state for trial in trials] == ["done"] * sweep.request.n_trials
    made = [(sweep.run_name(trial.number), epoch) for trial in trials for epoch in range(1, n_epochs + 1)]
    assert sorted(trainer.made) == sorted(made)
    for trial in trials:
        run = sweep.run(trial.number)
        assert run is not None
        assert run.state == "completed"
        assert trial.values == {line.epoch: line.val_loss for line in run.epochs}
        assert trial.value == min(trial.values.values())
        assert run.config == sweep.config_of(trial).model_copy(
            update={"preprocessing": run.config.preprocessing}
        )
    assert len(runs_of(sweep)) == sweep.request.n_trials


def runs_of(sweep: Sweep) -> list[str]:
    """The names of its runs."""
    return sorted(run.run_id for run in list_runs() if run.request.group == sweep.name)


def told(reason: Message | None) -> str:
    """A reason in words."""
    return "" if reason is None else str(reason)
