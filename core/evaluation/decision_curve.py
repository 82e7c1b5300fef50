"""Would the network do more good than treating everybody, or nobody? Net benefit and decision curves.

Whoever would treat from a risk of t on takes (1 - t) / t false alarms for one find. Net benefit counts finds,
less false alarms at that rate, for each person (Vickers and Elkin 2006, doi:10.1177/0272989X06295361).

Covers: the risks that the network states, as they are. Does not cover: risks that are not calibrated, for
which the threshold is not what it says it is; nor what a treatment really costs.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from core.evaluation.rates import Rates, rates_of
from core.runs.predictions import Predictions

THRESHOLDS: Final[NDArray[np.float64]] = np.round(np.linspace(0.01, 0.99, 99), 2)
_LEVEL: Final = 0.95
_EVEN: Final = 1e-12  # two net benefits that differ by less are the same


@dataclass(frozen=True)
class Stretch:
    """Thresholds from `low` to `high`, both included."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit against the threshold probability; arrays of shape (t,).

    Attributes
    ----------
    thresholds
        Threshold probabilities, rising, inside (0, 1).
    network, treat_all
        Net benefit for each person; that of treating nobody is 0.
    low, high
        The middle 95 % of the network's in resamples of the patients; NaN where one side has so few patients
        that these say nothing (`Rates.can_be_sure`).
    gain_low
        Lower end of the interval of what the network gains over the better of treating all and none; NaN too.
    prevalence
        That the curve is drawn for; `is_carried_over` where it is not that of the data.
    n_images, n_patients
        That it was measured on.
    """

    thresholds: NDArray[np.float64]
    network: NDArray[np.float64]
    treat_all: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    gain_low: NDArray[np.float64]
    prevalence: float
    is_carried_over: bool
    n_images: int
    n_patients: int

    @property
    def has_band(self) -> bool:
        """Whether there are patients enough to say how sure the curve is."""
        return not np.isnan(self.gain_low).any()

    @property
    def better(self) -> tuple[Stretch, ...]:
        """Where the network does more good than treating all and none, the widest stretch first."""
        return _stretches(self.thresholds, self.network > np.maximum(self.treat_all, 0) + _EVEN)

    @property
    def surely_better(self) -> tuple[Stretch, ...]:
        """Where it does so in 97.5 % of the resamples of the patients, the widest stretch first."""
        return _stretches(self.thresholds, self.gain_low > _EVEN)


def net_benefit(
    sensitivity: NDArray[np.float64],
    false_alarms: NDArray[np.float64],
    prevalence: float | NDArray[np.float64],
    thresholds: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the net benefit for each person: TP / n - FP / n * t / (1 - t).

    Parameters
    ----------
    sensitivity, false_alarms
        Shares of the sick and of the healthy that are treated, ndarrays of shape (..., t).
    prevalence
        Share of the sick, in [0, 1]; broadcast against the shares.
    thresholds
        ndarray of shape (t,), inside (0, 1).
    """
    rate = thresholds / (1 - thresholds)
    return np.asarray(prevalence * sensitivity - (1 - prevalence) * false_alarms * rate)


def decision_curve(
    predictions: Predictions, *, prevalence: float | None = None, seed: int = 0
) -> DecisionCurve | None:
    """Return the decision curve of one class against the rest; None where one side has no image.

    Parameters
    ----------
    predictions
        Of two classes (see `core.evaluation.one_class.against_rest`), with calibrated probabilities.
    prevalence
        None draws it for the data's own prevalence. Another one weights sick and healthy to it, and carries
        the stated risks over by Bayes' rule, for a risk that is right at one prevalence is wrong at another.
    seed
        Of the resamples.
    """
    of_data = _prevalence(predictions)
    if of_data in (0, 1) or np.isnan(of_data):
        return None
    if prevalence is None:
        return _curve(rates_of(predictions, THRESHOLDS, seed=seed), None)
    return curve_at(rates_of(predictions, stated_risks(of_data, prevalence), seed=seed), prevalence)


def stated_risks(of_data: float, prevalence: float) -> NDArray[np.float64]:
    """Return which risk the network states, at the data's prevalence, for each THRESHOLDS at another.

    Bayes: the odds of a risk move by the ratio of the odds of both prevalences (Elkan 2001).
    """
    if not 0 < prevalence < 1:
        return np.full(THRESHOLDS.shape, 1.1 if prevalence == 0 else 0.0)  # nobody's risk, everybody's
    shift = logit(prevalence) - logit(of_data)
    return np.asarray(expit(logit(THRESHOLDS) - shift))


def curve_at(rates: Rates, prevalence: float) -> DecisionCurve:
    """Return the curve for a prevalence, from the rates at `stated_risks`."""
    return replace(_curve(rates, prevalence), is_carried_over=True)


def _curve(rates: Rates, prevalence: float | None) -> DecisionCurve:
    share = rates.prevalence[:, np.newaxis] if prevalence is None else np.full((1, 1), prevalence)
    sensitivity, false_alarms = rates.sensitivity, rates.false_alarms
    if prevalence is not None:  # a side without weight in the clinic counts for nothing, drawn or not
        sensitivity, false_alarms = np.nan_to_num(sensitivity), np.nan_to_num(false_alarms)
    network = net_benefit(np.nan_to_num(sensitivity), np.nan_to_num(false_alarms), share, THRESHOLDS)
    everybody = net_benefit(np.ones(1), np.ones(1), share, THRESHOLDS)
    gain = network - np.maximum(everybody, 0)
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(network[1:], [tail, 1 - tail], axis=0)
    gain_low = np.quantile(gain[1:], tail, axis=0)
    if not rates.can_be_sure:
        low, high, gain_low = (np.full(THRESHOLDS.shape, np.nan) for _ in range(3))
    return DecisionCurve(
        THRESHOLDS,
        network[0],
        everybody[0],
        low,
        high,
        gain_low,
        float(share[0, 0]),
        False,
        int(rates.n_sick[0] + rates.n_healthy[0]),
        rates.n_patients,
    )


def _prevalence(predictions: Predictions) -> float:
    positive = predictions.positive_index
    return float((predictions.y_true == positive).mean()) if predictions.n_samples else float("nan")


def _stretches(thresholds: NDArray[np.float64], holds: NDArray[np.bool_]) -> tuple[Stretch, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    found = [
        Stretch(float(thresholds[start]), float(thresholds[end - 1]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    return tuple(sorted(found, key=lambda stretch: stretch.low - stretch.high))


def sensible_thresholds(miss: float) -> Stretch:
    """Return the threshold probabilities of those to whom a miss is worth half to twice `miss` alarms.

    Whoever takes r false alarms for one find treats from a risk of 1 / (1 + r) on.
    """
    return Stretch(1 / (1 + 2 * miss), 1 / (1 + miss / 2))
