"""What a threshold costs in a clinic, and which one would be the cheapest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.rates import Rates
from core.evaluation.ward import PEOPLE


@dataclass(frozen=True)
class Cheapest:
    """The threshold with the least cost on the images that it was chosen on (the validation split).

    Attributes
    ----------
    threshold, cost
        And what 1,000 people cost there, a false alarm being 1.
    low, high
        Where the cheapest threshold lies in the middle 95 % of resamples of the patients; None where
        one side has too few patients to tell (`Rates.can_be_sure`).
    cost_all, cost_none
        What it costs to call everybody, and nobody.
    n_images, n_patients
        That it was chosen on.
    """

    threshold: float
    cost: float
    low: float | None
    high: float | None
    cost_all: float
    cost_none: float
    n_images: int
    n_patients: int

    @property
    def is_worth_it(self) -> bool:
        """Whether it is cheaper than calling everybody and than calling nobody."""
        return self.cost < min(self.cost_all, self.cost_none)


def cost(sensitivity: float, false_alarms: float, prevalence: float, *, miss: float) -> float:
    """Return what 1,000 people cost: `miss` for each one who is missed, 1 for each false alarm."""
    return PEOPLE * (prevalence * (1 - sensitivity) * miss + (1 - prevalence) * false_alarms)


def cheapest(rates: Rates, prevalence: float, *, miss: float) -> Cheapest | None:
    """Choose the threshold with the least expected cost; None where one side has no image.

    Where a stretch of thresholds costs the same, its middle is taken (of several stretches the longest).

    Parameters
    ----------
    rates
        Of the validation split: a threshold chosen on the images that are judged flatters them.
    prevalence
        Of the clinic, in [0, 1].
    miss
        How many false alarms a miss is worth.
    """
    if rates.n_sick[0] == 0 or rates.n_healthy[0] == 0:
        return None
    costs = PEOPLE * (
        prevalence * (1 - rates.sensitivity) * miss + (1 - prevalence) * rates.false_alarms
    )  # (1 + b, t)
    places = np.array([_lowest(row) for row in costs if np.isfinite(row).all()])
    return Cheapest(
        threshold=float(rates.thresholds[places[0]]),
        cost=float(costs[0, places[0]]),
        low=_quantile(rates, places, 0.025),
        high=_quantile(rates, places, 0.975),
        cost_all=PEOPLE * (1 - prevalence),
        cost_none=PEOPLE * prevalence * miss,
        n_images=int(rates.n_sick[0] + rates.n_healthy[0]),
        n_patients=rates.n_patients,
    )


def _quantile(rates: Rates, places: NDArray[np.intp], share: float) -> float | None:
    """Return it of the thresholds that resamples would have chosen."""
    if not rates.can_be_sure or len(places) < 2:
        return None
    return float(np.quantile(rates.thresholds[places[1:]], share))


def _lowest(costs: NDArray[np.float64]) -> int:
    """Return the middle of the longest stretch of least cost; of equal stretches the first."""
    is_least = costs <= costs.min() + 1e-9
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_least.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int((starts[longest] + ends[longest] - 1) // 2)
