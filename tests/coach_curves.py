"""Curves for the coach: made from numbers, or read from those that real runs left in tests/curves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from core.evaluation.coach import Finding, coach
from core.language import Message
from core.runs.records import EpochMetrics, StepMetrics
from core.training.config import TrainingConfig, parse_config

RECORDED: Final = Path(__file__).parent / "curves"
_NO_SPEED: Final = {"images_per_second": 1.0, "seconds": 0.0}
GROUPS: Final = 8  # lines of the training loss in an epoch


@dataclass(frozen=True)
class Drawn:
    """The lines of a run, made or recorded, and what the coach is told of it."""

    config: TrainingConfig
    epochs: Sequence[EpochMetrics]
    steps: Sequence[StepMetrics]
    n_train: int = 400
    n_val: int = 120
    class_names: Sequence[str] = ("no finding", "finding")
    error: Message | None = None
    told: dict[str, Any] = field(default_factory=dict)

    def findings(self, n_epochs: int | None = None, *, is_over: bool = False) -> tuple[Finding, ...]:
        """Return what the coach says after `n_epochs`, by default after all."""
        n = len(self.epochs) if n_epochs is None else n_epochs
        return coach(
            self.config,
            self.epochs[:n],
            [step for step in self.steps if n_epochs is None or step.epoch <= n],
            n_train=self.n_train,
            n_val=self.n_val,
            class_names=self.class_names,
            error=self.error if n_epochs is None else None,
            is_over=is_over,
            **self.told,
        )

    def kinds(self, n_epochs: int | None = None, *, is_over: bool = False) -> list[str]:
        """Return the kinds of what the coach says."""
        return [finding.kind for finding in self.findings(n_epochs, is_over=is_over)]

    def kinds_so_far(self) -> dict[str, list[int]]:
        """Return for each kind after which epochs it was said, while the run was going on."""
        said: dict[str, list[int]] = {}
        for n in range(1, len(self.epochs) + 1):
            for kind in self.kinds(n):
                said.setdefault(kind, []).append(n)
        return said


def drawn(
    train: ArrayLike,
    val: ArrayLike,
    *,
    accuracy: ArrayLike | None = None,
    auroc: ArrayLike | float | None = 0.9,
    predicted: Sequence[int] = (60, 60),
    counts: Sequence[int] = (60, 60),
    steps: ArrayLike | None = None,
    n_train: int = 400,
    error: Message | None = None,
    told: dict[str, Any] | None = None,
    rates: ArrayLike | None = None,
    **changes: Any,
) -> Drawn:
    """Return a run with these losses an epoch; `counts` are the validation images of each class.

    `steps` are the losses of the groups of steps, eight an epoch, by default the epoch's.
    """
    train, val = np.asarray(train, float), np.asarray(val, float)
    n = len(train)
    accuracies = np.linspace(0.5, 0.9, n) if accuracy is None else np.broadcast_to(accuracy, n)
    aurocs = [None] * n if auroc is None else np.broadcast_to(auroc, n).tolist()
    config = parse_config({"dataset": "films", "schedule": "constant", "augmentations": [], **changes})
    rows = np.full(n, config.learning_rate) if rates is None else np.asarray(rates, float)
    confusion = tuple(
        tuple(count if row == column else 0 for column in range(len(counts)))
        for row, count in enumerate(counts)
    )
    epochs = [
        EpochMetrics(
            epoch=number + 1,
            step=GROUPS * (number + 1),
            train_loss=train[number],
            val_loss=val[number],
            val_accuracy=accuracies[number],
            val_auroc=aurocs[number],
            learning_rate=rows[number],
            images_per_second=1.0,
            seconds=0.0,
            val_predicted=tuple(predicted),
            val_confusion=confusion,
        )
        for number in range(n)
    ]
    groups = np.repeat(train, GROUPS) if steps is None else np.asarray(steps, float)
    lines = [
        StepMetrics(
            step=number + 1,
            epoch=(number + 1) / GROUPS,
            loss=loss,
            learning_rate=config.learning_rate,
            images_per_second=1.0,
            seconds=0.0,
        )
        for number, loss in enumerate(groups.tolist())
    ]
    names = [f"class {number}" for number in range(len(counts))]
    return Drawn(config, epochs, lines, n_train, sum(counts), names, error, told or {})


def recorded(name: str) -> Drawn:
    """Return the curve of a real run: see tests/curves/README.md."""
    about, *lines = [json.loads(line) for line in (RECORDED / f"{name}.jsonl").read_text().splitlines()]
    return Drawn(
        parse_config(about["config"]),
        [EpochMetrics(**line, **_NO_SPEED) for line in lines if line["kind"] == "epoch"],
        [StepMetrics(**line, **_NO_SPEED) for line in lines if line["kind"] == "step"],
        about["n_train"],
        about["n_val"],
        about["class_names"],
        Message(**about["error"]) if about["error"] else None,
    )


def recorded_names() -> list[str]:
    """Return the names of all recorded curves."""
    return sorted(path.stem for path in RECORDED.glob("*.jsonl"))


def healthy(seed: int, n_epochs: int = 25, n_val: int = 120) -> Drawn:
    """Return a healthy run: both losses fall to a floor, with noise and now and then a bad epoch."""
    draw = np.random.default_rng(seed)
    epoch = np.arange(n_epochs)
    pace, floor = draw.uniform(3, 10), draw.uniform(0.05, 0.45)
    fall = np.exp(-epoch / pace)
    train = floor + (0.7 - floor) * fall
    val = train + draw.uniform(0.0, 0.1) * (1 - fall)
    noisy_train = train * np.exp(draw.normal(0, 1 / np.sqrt(400), n_epochs))
    spikes = np.where(draw.random(n_epochs) < 0.1, draw.uniform(1.2, 3, n_epochs), 1.0)
    noisy_val = val * spikes * np.exp(draw.normal(0, draw.uniform(0.02, 0.15), n_epochs))
    accuracy = np.clip(1 - val * 0.6 + draw.normal(0, 0.03, n_epochs), 0.5, 1)
    auroc = np.clip(0.5 + 0.5 * (1 - fall) + draw.normal(0, 0.02, n_epochs), 0, 1)
    groups = np.repeat(noisy_train, GROUPS) * np.exp(draw.normal(0, 1 / np.sqrt(50), n_epochs * GROUPS))
    half = n_val // 2
    return drawn(
        noisy_train,
        noisy_val,
        accuracy=accuracy,
        auroc=auroc,
        steps=groups,
        counts=(half, n_val - half),
        epochs=n_epochs,
    )
