"""How much the best of many flatters: by luck alone before the test is opened, and as measured afterwards.

Of n equally good networks the luckiest looks better than it is, by the expected highest of n draws times the
standard error of the score. It is a rough guide, and rather too high: all trials are judged on the same
images, so that they share a part of their luck.

Covers: which images stand in the validation split. Does not cover: a test split that was itself used to
choose.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from scipy.integrate import quad
from scipy.stats import norm

from core.evaluation.records import METRICS, MetricValue
from core.evaluation.report import evaluate
from core.runs.predictions import Predictions

_LEVEL: Final = 0.95
_SAME: Final = {"loss": "log_loss"}  # best_by and an evaluation call it differently


@dataclass(frozen=True)
class Comparison:
    """The best trial's score on the images that chose it, and on those that did not.

    Attributes
    ----------
    metric
        As in METRICS.
    val, test
        Each with its interval.
    optimism
        By how much validation looks better than the test, in the metric's own unit; positive: it flattered.
        None where one of the two has no value.
    low, high
        Its 95 % interval; None where there is none.
    """

    metric: str
    val: MetricValue
    test: MetricValue
    optimism: float | None
    low: float | None
    high: float | None


@lru_cache(maxsize=512)
def expected_maximum(n: int) -> float:
    """Return the expected highest of `n` draws from a standard normal distribution.

    The integral of x n phi(x) Phi(x)**(n - 1): 0 for one, 1 / sqrt(pi) for two (Tippett 1925,
    doi:10.1093/biomet/17.3-4.364).
    """
    if n < 2:
        return 0.0
    return float(quad(lambda x: x * n * norm.pdf(x) * norm.cdf(x) ** (n - 1), -10, 10, limit=200)[0])


def expected_optimism(value: MetricValue, n_trials: int) -> float | None:
    """Return by how much the best of `n_trials` equal ones would flatter; None without an interval."""
    error = standard_error(value)
    return None if error is None else expected_maximum(n_trials) * error


def standard_error(value: MetricValue) -> float | None:
    """Return a metric's standard error, read from its 95 % interval; None where it has none."""
    if value.low is None or value.high is None:
        return None
    return (value.high - value.low) / (2 * float(norm.ppf((1 + _LEVEL) / 2)))


def metric_of(best_by: str) -> str:
    """Return under which name of METRICS the score that chose is judged; AUROC where it has no interval."""
    name = _SAME.get(best_by, best_by)
    return name if name in METRICS else "auroc"


def measure(predictions: Predictions, best_by: str) -> MetricValue:
    """Return the score that trials were compared by, with its interval."""
    return evaluate(predictions, level=_LEVEL).metrics[metric_of(best_by)]


def compare(val: Predictions, test: Predictions, best_by: str) -> Comparison:
    """Return by how much the score on the validation split looks better than on the test split.

    The two splits have no patient in common, so the interval of the difference is put together from both
    (Zou and Donner 2008, doi:10.1002/sim.3095).
    """
    name = metric_of(best_by)
    first, second = measure(val, best_by), measure(test, best_by)
    sign = -1.0 if METRICS[name].lower_is_better else 1.0
    if first.value is None or second.value is None:
        return Comparison(name, first, second, None, None, None)
    difference = sign * (first.value - second.value)
    ends = _ends(first, second)
    if ends is None:
        return Comparison(name, first, second, difference, None, None)
    low, high = sorted(sign * end for end in ends)
    return Comparison(name, first, second, difference, low, high)


def _ends(one: MetricValue, other: MetricValue) -> tuple[float, float] | None:
    """Return the interval of one minus the other, from their own intervals."""
    numbers = (one.value, one.low, one.high, other.value, other.low, other.high)
    if any(number is None for number in numbers):
        return None
    value, low, high, value_2, low_2, high_2 = (float(number or 0.0) for number in numbers)
    below = math.hypot(value - low, high_2 - value_2)
    above = math.hypot(high - value, value_2 - low_2)
    return value - value_2 - below, value - value_2 + above
