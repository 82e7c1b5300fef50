"""What a temperature does to the probabilities of images: log loss and calibration error, before and after.

Patients are drawn again whole, the same ones for before and after, so that the difference is a paired one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.evaluation.patients import number_patients
from core.evaluation.records import Method, MetricValue
from core.evaluation.resampling import N_RESAMPLES
from core.runs.predictions import Predictions
from core.statistics import calibration_error
from core.statistics.draws import Draws
from core.statistics.intervals import Interval, percentile_interval
from core.statistics.metrics import log_losses

_LEVEL: Final = 0.95
_ROUNDING: Final = 1e-6
_Drawn = NDArray[np.float64]


class Change(BaseModel):
    """A number before and after, and the difference (after minus before), each with its interval."""

    model_config = ConfigDict(frozen=True)

    before: MetricValue
    after: MetricValue
    difference: MetricValue

    @property
    def is_settled(self) -> bool:
        """Whether the interval of the difference leaves out 0, and not by rounding alone."""
        low, high = self.difference.low, self.difference.high
        return low is not None and high is not None and (low > _ROUNDING or high < -_ROUNDING)


class Effect(BaseModel):
    """What a temperature does to some images: log loss (in nats) and calibration error."""

    model_config = ConfigDict(frozen=True)

    log_loss: Change
    error: Change


def effect_on(before: Predictions, after: Predictions, *, seed: int = 0) -> Effect:
    """Compare the probabilities of the same images before and after calibration.

    The calibration error is that of the positive class of two, or of the class called of several (see
    `core.statistics.calibration_error`). Its intervals are those of `core.evaluation.uncertainty`: resamples
    have a larger error than the images themselves, and so it is bounded by how far the bins moved.
    """
    patients = number_patients(before)
    draws = Draws(int(patients.max(initial=-1)) + 1, N_RESAMPLES, seed=seed)
    is_alone = draws.n_groups == before.n_samples
    method: Method = "bootstrap_by_image" if is_alone else "bootstrap_by_patient"
    n = np.bincount(patients, minlength=draws.n_groups).astype(np.float64)
    drawn_n = _drawn(n[:, np.newaxis], draws)
    losses = [_drawn(_losses(one, patients), draws)[:, 0] / drawn_n[:, 0] for one in (before, after)]
    gaps = [_drawn(_gaps(one, patients), draws) / drawn_n for one in (before, after)]
    errors = [np.abs(drawn).sum(axis=1) for drawn in gaps]
    counted = (before.n_samples, method)
    return Effect(
        log_loss=Change(
            before=_measured(losses[0], *counted),
            after=_measured(losses[1], *counted),
            difference=_measured(losses[1] - losses[0], *counted),
        ),
        error=Change(
            before=_bounded(gaps[0], *counted),
            after=_bounded(gaps[1], *counted),
            difference=_measured(errors[1] - errors[0], *counted),
        ),
    )


def log_loss(predictions: Predictions) -> float:
    """Return the mean log loss in nats; NaN without an image."""
    losses = log_losses(predictions.y_true, predictions.y_score)
    return float(losses.mean()) if len(losses) else float("nan")


def error_of(predictions: Predictions) -> float:
    """Return the calibration error: of the positive class of two, or of the class called of several."""
    is_so, probability = _believed(predictions)
    return calibration_error.calibration_error(is_so, probability)


def _believed(predictions: Predictions) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    positive = predictions.positive_index
    if positive is not None:
        return predictions.y_true == positive, predictions.y_score[:, positive]
    return predictions.y_score.argmax(axis=1) == predictions.y_true, predictions.y_score.max(axis=1)


def _losses(predictions: Predictions, patients: NDArray[np.intp]) -> NDArray[np.float64]:
    losses = log_losses(predictions.y_true, predictions.y_score)
    sums = np.bincount(patients, weights=losses).astype(np.float64)
    return sums[:, np.newaxis]  # (n_groups, 1)


def _gaps(predictions: Predictions, patients: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return each patient's probability minus truth, summed in each bin: shape (n_groups, N_BINS)."""
    is_so, probability = _believed(predictions)
    width = calibration_error.N_BINS
    cell = patients * width + calibration_error.bins_of(probability)
    n_groups = int(patients.max(initial=-1)) + 1
    gap = probability.astype(np.float64) - is_so
    sums = np.bincount(cell, weights=gap, minlength=n_groups * width).astype(np.float64)
    return sums.reshape(n_groups, width)


def _drawn(sums: NDArray[np.float64], draws: Draws) -> _Drawn:
    """Return the sums with nothing drawn (row 0) and in each resample: shape (1 + N_RESAMPLES, width)."""
    return np.concatenate([sums.sum(axis=0)[np.newaxis], *(block.T @ sums for block in draws.blocks())])


def _measured(drawn: _Drawn, n: int, method: Method) -> MetricValue:
    value, interval = float(drawn[0]), percentile_interval(drawn[1:], _LEVEL)
    if not np.isfinite(value):
        return MetricValue(value=None, n=n)
    if not interval.is_defined or interval == Interval(value, value):
        return MetricValue(value=value, n=n)
    return MetricValue(value=value, low=interval.low, high=interval.high, n=n, method=method)


def _bounded(gaps: _Drawn, n: int, method: Method) -> MetricValue:
    """Return a calibration error from its bins, of shape (1 + N_RESAMPLES, N_BINS)."""
    errors, moved = np.abs(gaps).sum(axis=1), np.abs(gaps[1:] - gaps[0]).sum(axis=1)
    value, tail = float(errors[0]), (1 - _LEVEL) / 2
    if not moved.max(initial=0) > 0:
        return MetricValue(value=value, n=n)
    low = max(0.0, value - float(np.quantile(moved, 1 - tail)))
    high = min(1.0, max(value, 2 * value - float(np.quantile(errors[1:], tail))))
    by: Method = "bins_by_image" if method == "bootstrap_by_image" else "bins_by_patient"
    return MetricValue(value=value, low=low, high=high, n=n, method=by)
