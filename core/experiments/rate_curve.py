"""What a curve of losses over rising learning rates says. No torch here.

The rate rises from step to step by the same factor, and the loss of each step is written down (Smith 2015,
arXiv:1506.01186; fastai's `lr_find`). Too small a rate changes nothing, a good one lets the loss fall, too
large a one throws it up. Where it falls fastest is the usual suggestion.

A running mean lags behind what it follows, and so would the suggestion: at 100 steps over six decades by a
factor of two to three. The curve is therefore smoothed from both sides once it is there; the running mean
only says when to stop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.experiments.rate_records import HIGHEST, LOWEST, Verdict

BETA: Final = 0.9  # how much of a smoothed loss is its neighbour's
_TOO_FAR: Final = 4.0  # times the best loss so far: nothing is learned from there on
_FIRST_SHARE: Final = 0.15  # of the steps: what the loss was before anything was learned
_SURE: Final = 2.5  # standard errors: of curves where nothing is learned, one or two in a hundred pass
_NOTHING: Final = 1e-3  # of the loss: a smaller fall is none, however quiet the curve
_BEGUN: Final = 0.1  # of the fall: before that it is chance what falls fastest
_N_DRAWS: Final = 200
_SEED: Final = 0

Losses = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reading:
    """What a curve says: see RateCurve. `smoothed` has the shape of the losses."""

    smoothed: Losses
    suggestion: float | None
    span: tuple[float, float] | None
    edge: float | None
    verdict: Verdict


def rising_rates(n_steps: int, *, low: float = LOWEST, high: float = HIGHEST) -> Losses:
    """Return (n_steps,) learning rates from `low` to `high`, each the same number of times the one before."""
    return np.geomspace(low, high, n_steps)


def sweep(rates: Sequence[float], step: Callable[[float], float], *, beta: float = BETA) -> Losses:
    """Make a step at each rate, and stop when the running mean of the loss is four times its best.

    Parameters
    ----------
    rates
        Of the steps.
    step
        Makes one step at a rate and returns the loss before it.

    Returns
    -------
    ndarray of shape (n,), float64: as many losses as steps were made; a loss that is no number is left out.
    """
    losses: list[float] = []
    best = np.inf
    for rate in rates:
        loss = step(float(rate))
        if not np.isfinite(loss):
            break
        losses.append(loss)
        mean = running_mean(np.array(losses), beta)[-1]
        best = min(best, mean)
        if mean > _TOO_FAR * best:
            break
    return np.array(losses)


def running_mean(losses: Losses, beta: float = BETA) -> Losses:
    """Return the exponential running mean of (n,) losses, freed of the bias towards its start at 0.

    m[i] = beta m[i - 1] + (1 - beta) loss[i], divided by 1 - beta**(i + 1) (arXiv:1412.6980, section 3).
    """
    mean, means = 0.0, np.empty(len(losses))
    for number, loss in enumerate(losses):
        mean = beta * mean + (1 - beta) * loss
        means[number] = mean / (1 - beta ** (number + 1))
    return means


def smoothed_both_ways(losses: Losses, beta: float = BETA) -> Losses:
    """Return (n,) losses smoothed from both sides: each is a mean with the weights beta**distance."""
    smoothed: Losses = _weights(len(losses), beta) @ losses
    return smoothed


def read_curve(rates: Losses, losses: Losses, *, beta: float = BETA) -> Reading:
    """Find where (n,) losses fall fastest over (n,) rising rates, and where they begin to rise.

    A loss that fell no more than chance can make it fall gives no suggestion. One that rises as far above
    its beginning as it fell below counts as no higher than that, or a few wild steps at the end would colour
    all before them.
    """
    weights = _weights(len(losses), beta)
    n_first = max(2, round(_FIRST_SHARE * len(losses)))
    first, restless = float(losses[:n_first].mean()), _unrest(losses[: int(losses.argmin()) + 1])
    fall = max(first - float(running_mean(losses, beta).min()), 3 * float(np.sqrt(restless.mean())))
    losses = np.minimum(losses, first + fall)
    smoothed, noise = weights @ losses, weights @ _unrest(losses)  # noise: the variance of single losses
    lowest = int(smoothed.argmin())
    of_fall = np.sqrt(noise[:n_first].mean() / n_first + weights[lowest] ** 2 @ noise)
    if lowest < n_first or first - smoothed[lowest] <= max(_SURE * of_fall, _NOTHING * abs(first)):
        return Reading(smoothed, None, None, None, "flat")
    errors = np.sqrt(weights**2 @ noise)
    has_risen = bool((smoothed - smoothed[lowest] > _SURE * errors + _NOTHING * abs(first))[lowest:].any())
    steepest = _steepest(rates, smoothed, first)
    return Reading(
        smoothed,
        suggestion=float(rates[steepest]),
        span=_span(rates, smoothed, steepest, first=first, noise=noise, beta=beta),
        edge=float(rates[lowest]) if has_risen else None,
        verdict="found" if has_risen else "no edge",
    )


def _steepest(rates: Losses, smoothed: Losses, first: float) -> int:
    """Return where the curve falls fastest, once a tenth of the way from `first` to its lowest is done."""
    lowest = int(smoothed.argmin())
    fallen = (first - smoothed[: lowest + 1]) / max(first - smoothed[lowest], 1e-12)
    begun = int(np.flatnonzero(fallen < _BEGUN).max(initial=0))
    slopes = np.gradient(smoothed, np.log10(rates))[begun : lowest + 1]
    return begun + int(slopes.argmin())


def _span(
    rates: Losses, smoothed: Losses, steepest: int, *, first: float, noise: Losses, beta: float
) -> tuple[float, float]:
    """Return the middle nine tenths of where the steepest point lies when chance is drawn again.

    The curve is smoothed twice here, which moves its steepest point; by how much is seen without noise.
    """
    weights, end = _weights(len(rates), beta), int(smoothed.argmin()) + 1
    draws = np.random.default_rng(_SEED).normal(0, np.sqrt(noise), (_N_DRAWS, len(rates)))
    places = [_steepest(rates[:end], (weights @ (smoothed + draw))[:end], first) for draw in draws]
    moved = np.array(places) - _steepest(rates[:end], (weights @ smoothed)[:end], first)
    ends = steepest + np.quantile(moved, [0.05, 0.95], method="nearest").astype(int)
    low, high = rates[np.clip(ends, 0, end - 1)]
    return float(low), float(high)


def _unrest(losses: Losses) -> Losses:
    """Return (n,) variances of single losses, from neighbours: what moves slowly is no noise."""
    if len(losses) < 2:
        return np.zeros(len(losses))
    squares = np.diff(losses) ** 2 / 2
    return np.append(squares, squares[-1])


def _weights(n: int, beta: float) -> Losses:
    places = np.arange(n)
    weights = beta ** np.abs(places[:, np.newaxis] - places).astype(np.float64)  # 0**0 is 1
    found: Losses = weights / weights.sum(axis=1, keepdims=True)
    return found
