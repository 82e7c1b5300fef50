"""What several seeds say together: mean, spread, range, and how a run stands to them.

Covers: the luck of the first weights, of the order of the images, of the random changes. Does not cover:
the chance of which patients were asked about, which the interval of each single run is about.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from core.runs.records import EpochMetrics
from core.training.config import TrainingConfig

_LEVEL = 0.95
_LOWEST = {"mcc": -1.0}  # of the other metrics: 0


@dataclass(frozen=True)
class SeedScore:
    """A validation metric of one run, at the epoch whose weights are kept."""

    run_id: str
    seed: int
    value: float
    epoch: int


@dataclass(frozen=True)
class Luck:
    """A validation metric over seeds.

    Attributes
    ----------
    scores
        By seed; at least one.
    mean, low, high
        Over the seeds: their mean, the lowest, the highest.
    deviation
        Standard deviation of the seeds (n - 1 in its denominator); NaN with one.
    t_low, t_high
        Student's 95 % interval of the mean, as if seeds were normally distributed; NaN with one. With three
        it is 2.5 standard deviations to each side: three seeds are few. Cut where the metric ends.
    """

    metric: str
    scores: tuple[SeedScore, ...]
    mean: float
    deviation: float
    low: float
    high: float
    t_low: float
    t_high: float

    @property
    def n(self) -> int:
        """How many seeds."""
        return len(self.scores)

    @property
    def chance_outside(self) -> float:
        """How often one more seed falls outside the range of these by luck alone: 2 / (n + 1).

        The next of n + 1 numbers of one distribution is the lowest or the highest of all with that chance.
        """
        return 2 / (self.n + 1)

    def holds(self, value: float) -> bool:
        """Tell whether a value lies within the range of the seeds."""
        return self.low <= value <= self.high


def metric_of(config: TrainingConfig, epochs: Sequence[EpochMetrics]) -> str:
    """Return which metric seeds are compared by: the one that chose the epoch, else the AUROC, if known."""
    wanted = "auroc" if config.best_by == "loss" else config.best_by
    is_known = any(getattr(line, f"val_{wanted}") is not None for line in epochs)
    return wanted if is_known else "accuracy"


def kept_epoch(config: TrainingConfig, epochs: Sequence[EpochMetrics]) -> EpochMetrics | None:
    """Return the epoch whose weights are kept: the first that is best by what the settings say."""
    sign = -1 if config.best_by == "loss" else 1

    def score(line: EpochMetrics) -> float:
        value = getattr(line, f"val_{config.best_by}")
        return -math.inf if value is None or math.isnan(value) else sign * value

    return max(epochs, key=score, default=None)


def seed_score(
    run_id: str, config: TrainingConfig, epochs: Sequence[EpochMetrics], metric: str
) -> SeedScore | None:
    """Return how good a run's kept epoch is; None where that is not known."""
    line = kept_epoch(config, epochs)
    value = getattr(line, f"val_{metric}") if line is not None else None
    if line is None or value is None or math.isnan(value):
        return None
    return SeedScore(run_id, config.seed, float(value), line.epoch)


def luck_of(metric: str, scores: Sequence[SeedScore]) -> Luck | None:
    """Put the scores of several seeds together; None if there is none."""
    if not scores:
        return None
    values = np.array([score.value for score in scores])
    n, mean = len(values), float(values.mean())
    deviation = float(values.std(ddof=1)) if n > 1 else math.nan
    half = float(student.ppf((1 + _LEVEL) / 2, n - 1)) * deviation / math.sqrt(n) if n > 1 else math.nan
    ordered = tuple(sorted(scores, key=lambda score: score.seed))
    lowest, highest = float(values.min()), float(values.max())
    t_low, t_high = np.clip([mean - half, mean + half], _LOWEST.get(metric, 0.0), 1.0)
    return Luck(metric, ordered, mean, deviation, lowest, highest, float(t_low), float(t_high))
