"""The learning rate of every step of a run, computed before it begins; torch is not needed.

Each stage has the whole schedule for itself, and its warm-up; the schedule proper begins where the warm-up
ends. The plateau schedule alone depends on how the run goes: `Plateau` says by how much it lowers the rate.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.training.config import TrainingConfig
from core.training.config.stages import Stage, plan

_WARMUP_START = 0.01  # of the rate that it rises to
_RISING = 0.3  # the part of one cycle in which the rate rises
_CYCLE_START = 1 / 25  # of the highest rate
_CYCLE_END = _CYCLE_START / 10_000
_THRESHOLD = 1e-4  # a better score is better by this share of the best one

Shape = Callable[[TrainingConfig, int, int, int], float]


@dataclass(frozen=True, eq=False)
class Curve:
    """The planned learning rates of a run.

    Attributes
    ----------
    epochs
        ndarray of shape (p,), float64: epochs that are done before the step.
    rates
        ndarray of shape (p,), float64: the learning rate of the step.
    """

    epochs: NDArray[np.float64]
    rates: NDArray[np.float64]


class Rates:
    """The planned learning rate of each step of a run with `n_batches` an epoch."""

    def __init__(self, config: TrainingConfig, n_batches: int) -> None:
        self._config, self._n_batches = config, n_batches
        self._parts = [
            (
                (stage.first_epoch - 1) * n_batches,
                stage.n_epochs * n_batches,
                config.learning_rate * stage.rate_factor,
            )
            for stage in _scheduled(config)
        ]

    def at(self, step: int) -> float:
        """Return the rate of a step (from 0, over the whole run); after the last one, where it would end."""
        first, n_steps, rate = next(part for part in reversed(self._parts) if part[0] <= step)
        return rate * _factor(self._config, step - first, n_steps, self._n_batches)


def _scheduled(config: TrainingConfig) -> list[Stage]:
    """Return the stages with a schedule of their own: one that goes on is a part of the one before it."""
    stages: list[Stage] = []
    for stage in plan(config):
        if stage.goes_on:
            stages[-1] = replace(stages[-1], last_epoch=stage.last_epoch)
        else:
            stages.append(stage)
    return stages


def rate_at(config: TrainingConfig, step: int, n_batches: int) -> float:
    """Return the planned learning rate of a step, which counts from 0 over the whole run.

    Parameters
    ----------
    config
        Its schedule, warm-up, stages, epochs and learning rate decide.
    n_batches
        Of each epoch.
    """
    return Rates(config, n_batches).at(step)


def planned_rates(config: TrainingConfig, n_batches: int, n_points: int = 400) -> Curve:
    """Return the learning rates of a run at `n_points` of its steps at most, first and last among them.

    Each stage begins and ends with a point. A plateau is drawn as if none came.
    """
    rates = Rates(config, n_batches)
    n_steps = config.epochs * n_batches
    borders = [(stage.first_epoch - 1) * n_batches for stage in _scheduled(config)[1:]]
    places = np.linspace(0, n_steps - 1, max(2, n_points - 2 * len(borders))).round().astype(np.int64)
    steps = np.unique([*places, *borders, *(border - 1 for border in borders)])
    return Curve(steps / n_batches, np.array([rates.at(int(step)) for step in steps]))


@dataclass
class Plateau:
    """Lowers the rate when the score has not become better for more than `patience` epochs.

    As torch.optim.lr_scheduler.ReduceLROnPlateau with its defaults (a relative threshold of 1e-4, no
    cooldown), but without its smallest change of 1e-8.
    """

    patience: int
    rate_factor: float
    best: float = -math.inf
    n_waited: int = 0
    factor: float = 1.0  # of the planned rate, from now on

    def see(self, score: float) -> None:
        """Take notice of the score after an epoch; higher is better, -inf is none."""
        margin = _THRESHOLD * abs(self.best) if math.isfinite(self.best) else 0.0
        if score > self.best + margin:
            self.best, self.n_waited = score, 0
        else:
            self.n_waited += 1
        if self.n_waited > self.patience:
            self.factor, self.n_waited = self.factor * self.rate_factor, 0

    def begin(self) -> None:
        """Forget what was, for a stage begins."""
        self.best, self.n_waited, self.factor = -math.inf, 0, 1.0

    def state(self) -> dict[str, Any]:
        """Return what changes in the course of a run."""
        return {"best": self.best, "n_waited": self.n_waited, "factor": self.factor}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` returned."""
        self.best, self.n_waited, self.factor = state["best"], state["n_waited"], state["factor"]


def _factor(config: TrainingConfig, step: int, n_steps: int, n_batches: int) -> float:
    n_warmup = 0 if config.schedule == "one-cycle" else round(config.warmup_epochs * n_batches)
    if step < n_warmup:
        return _WARMUP_START + (1 - _WARMUP_START) * step / n_warmup
    return _SHAPES[config.schedule](config, step - n_warmup, n_steps - n_warmup, n_batches)


def _constant(config: TrainingConfig, step: int, n_steps: int, n_batches: int) -> float:
    return 1.0


def _step(config: TrainingConfig, step: int, n_steps: int, n_batches: int) -> float:
    n_lowered = step // (config.step_epochs * n_batches)
    return math.pow(config.rate_factor, n_lowered)


def _cosine(config: TrainingConfig, step: int, n_steps: int, n_batches: int) -> float:
    """From 1 to 0 (arXiv:1608.03983, one cycle)."""
    return 0.5 * (1 + math.cos(math.pi * min(step / max(1, n_steps), 1.0)))


def _one_cycle(config: TrainingConfig, step: int, n_steps: int, n_batches: int) -> float:
    """Up for three tenths of the steps and down for the rest, each half a cosine (arXiv:1708.07120).

    As torch.optim.lr_scheduler.OneCycleLR with its defaults, but the momentum is not cycled.
    """
    top, last = _RISING * n_steps - 1, n_steps - 1
    step = min(step, last)
    if step <= top:
        return _between(_CYCLE_START, 1.0, step / top)
    return _between(1.0, _CYCLE_END, (step - top) / (last - top))


def _between(start: float, end: float, done: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * done))


_SHAPES: Final[dict[str, Shape]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "one-cycle": _one_cycle,
    "plateau": _constant,
}
