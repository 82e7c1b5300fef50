"""A ward of 1,000: what a sensitivity and a specificity mean for people, at the prevalence of a clinic.

Sensitivity and specificity are measured on the split that was judged. Bayes' rule carries them over to
another prevalence, as long as the sick are as sick there and the healthy as healthy (no spectrum effect).

The interval of a predictive value is the logit-delta one of Mercaldo, Lau and Zhou 2007
(doi:10.1002/sim.2677). Where patients have several images, counts are divided by the design effect first
(Rao and Scott 1992, doi:10.2307/2532311); where all or none are called, half an image is added to each cell.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

from core.evaluation.patients import number_patients
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics.design_effect import design_effect

PEOPLE: Final = 1000
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Side:
    """The sick, or the healthy, of the split that was judged: how many of them are called.

    Attributes
    ----------
    called, n, n_patients
        Numbers of images, and how many patients they are of.
    design_effect
        How many times larger the variance is than if each image were of its own patient; at least 1.
    """

    called: int
    n: int
    n_patients: int
    design_effect: float = 1.0

    @property
    def share(self) -> float | None:
        """Sensitivity of the sick, false alarms of the healthy; None without anybody."""
        return self.called / self.n if self.n else None


@dataclass(frozen=True)
class Sides:
    """Both sides at one threshold."""

    sick: Side
    healthy: Side

    @property
    def prevalence(self) -> float:
        """Share of the images with the class; 0 without an image."""
        return self.sick.n / max(self.sick.n + self.healthy.n, 1)


@dataclass(frozen=True)
class Ward:
    """1,000 people; the four numbers add up to exactly as many."""

    found: int
    missed: int
    alarmed: int
    calm: int

    @property
    def sick(self) -> int:
        """Those who have it."""
        return self.found + self.missed

    @property
    def alarms(self) -> int:
        """Those who are called, rightly or not."""
        return self.found + self.alarmed

    @property
    def n(self) -> int:
        """All of them."""
        return self.sick + self.alarmed + self.calm


@dataclass(frozen=True)
class PredictiveValue:
    """A predictive value at a prevalence, with its interval; None with a `reason` where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: Message | None = None


def ward(sensitivity: float, specificity: float, prevalence: float, *, people: int = PEOPLE) -> Ward:
    """Return how many of `people` are found, missed, falsely alarmed and rightly left in peace.

    Whole people: first the sick and the healthy are rounded so that they add up, then each side.
    `sensitivity`, `specificity` and `prevalence` lie in [0, 1].
    """
    sick, healthy = share_out(people, (prevalence, 1 - prevalence))
    found, missed = share_out(sick, (sensitivity, 1 - sensitivity))
    alarmed, calm = share_out(healthy, (1 - specificity, specificity))
    return Ward(found, missed, alarmed, calm)


def share_out(total: int, shares: tuple[float, ...]) -> tuple[int, ...]:
    """Return whole numbers that add up to `total`, as near to the shares (which add up to 1) as can be.

    The largest remainders are rounded up (Hamilton's method); of equal ones the first.
    """
    exact = np.round(np.asarray(shares, dtype=np.float64) * total, 9)  # 0.9 * 50 is 45, not a bit less
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return tuple(int(number) for number in whole)


def sides_of(predictions: Predictions, threshold: float) -> Sides:
    """Count who is called from `threshold` on, of the sick and of the healthy.

    `predictions` are of two classes (see `core.evaluation.one_class.against_rest`).
    """
    positive = predictions.positive_index
    if positive is None:
        raise ValueError("a ward is of one class against the rest")
    called = predictions.y_score[:, positive].astype(np.float64) >= threshold
    sick, patients = predictions.y_true == positive, number_patients(predictions)
    return Sides(_side(called[sick], patients[sick]), _side(called[~sick], patients[~sick]))


def ppv(sides: Sides, prevalence: float, *, level: float = LEVEL) -> PredictiveValue:
    """Return of the people who are called the share that has it, at this prevalence."""
    return _predictive(sides.sick, sides.healthy, prevalence, level)


def npv(sides: Sides, prevalence: float, *, level: float = LEVEL) -> PredictiveValue:
    """Return of the people who are not called the share that does not have it, at this prevalence."""
    return _predictive(_turned(sides.healthy), _turned(sides.sick), 1 - prevalence, level)


def _side(called: NDArray[np.bool_], patients: NDArray[np.intp]) -> Side:
    numbers = np.unique(patients, return_inverse=True)[1]
    of_each = np.bincount(numbers).astype(np.float64)
    hits = np.bincount(numbers, weights=called).astype(np.float64)
    return Side(int(called.sum()), len(called), len(of_each), design_effect(hits, of_each))


def _turned(side: Side) -> Side:
    """Count those who are not called instead."""
    return Side(side.n - side.called, side.n, side.n_patients, side.design_effect)


def _predictive(right: Side, wrong: Side, prevalence: float, level: float) -> PredictiveValue:
    """Return the share of the right ones among those answered so: `right` has a share of `prevalence`."""
    if right.share is None or wrong.share is None:
        return PredictiveValue(None, reason=Message(text=N_("One side has no image in this split.")))
    answered = prevalence * right.share + (1 - prevalence) * wrong.share
    if answered == 0:
        return PredictiveValue(None, reason=Message(text=N_("At this threshold nobody gets this answer.")))
    value = prevalence * right.share / answered
    if prevalence in (0, 1):
        reason = Message(text=N_("Certain, for at this prevalence all people are alike."))
        return PredictiveValue(value, value, value, reason)
    low, high = _logit_interval(right, wrong, prevalence, level)
    return PredictiveValue(value, min(low, value), max(high, value))  # at 0 and 1 the half images move both


def _logit_interval(right: Side, wrong: Side, prevalence: float, level: float) -> tuple[float, float]:
    counts = np.array([[side.called, side.n] for side in (right, wrong)]) / np.array(
        [[right.design_effect], [wrong.design_effect]]
    )
    if any(side.called in (0, side.n) for side in (right, wrong)):
        counts += np.array([0.5, 1.0])
    shares, n = counts[:, 0] / counts[:, 1], counts[:, 1]
    centre = np.log(shares[0] * prevalence / (shares[1] * (1 - prevalence)))
    reach = norm.ppf((1 + level) / 2) * np.sqrt(((1 - shares) / (shares * n)).sum())
    return float(expit(centre - reach)), float(expit(centre + reach))
