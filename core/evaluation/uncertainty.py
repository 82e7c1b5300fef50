"""Which interval a metric gets, or why it gets none.

Where each patient has one image, proportions have Wilson's and the AUROC DeLong's; everything else, and
everything where patients have several images, is bootstrapped by patient. Where every resample gives the
same value (all right, or wholly separated) a bootstrap would print an interval without width: then each
patient is counted once, or there is no interval.
"""

import numpy as np
from numpy.typing import NDArray

from core.evaluation.records import Method, MetricValue
from core.evaluation.resampling import Key, Sums
from core.language import N_, Message
from core.statistics.intervals import Interval, delong, newcombe, percentile_interval, wilson
from core.statistics.metrics import Proportion


def measure(
    sums: Sums, key: Key, value: float, drawn: NDArray[np.float64] | None, level: float
) -> MetricValue:
    """Give a metric its interval.

    Parameters
    ----------
    sums
        What was evaluated.
    key, value
        The metric; NaN where it is not defined.
    drawn
        ndarray of shape (n_resamples,): its bootstrapped values; None where there was nobody to draw.
    level
        Of the interval.
    """
    whole = sums.proportion(key, sums.matrix)
    n = sums.predictions.n_samples if whole is None else int(whole.n)
    if drawn is None or not np.isfinite(value):
        return MetricValue(value=None, n=n, reason=_why_no_value(sums, key))
    interval, method = _interval(sums, key, value, drawn, level)
    if not interval.is_defined:
        return MetricValue(value=value, n=n, reason=_why_no_interval(drawn))
    return MetricValue(value=value, low=interval.low, high=interval.high, n=n, method=method)


def _interval(
    sums: Sums, key: Key, value: float, drawn: NDArray[np.float64], level: float
) -> tuple[Interval, Method]:
    whole, index = sums.proportion(key, sums.matrix), sums.class_of(key)
    is_extreme = value in (0, 1)
    if whole is not None and (sums.is_independent or is_extreme):
        return _wilson(sums, key, whole, level)
    if key.name == "auroc" and index is not None and (sums.is_independent or is_extreme):
        return _of_area(sums, index, value, level)
    by: Method = "bootstrap_by_image" if sums.is_independent else "bootstrap_by_patient"
    has_width = np.nanmax(drawn) > np.nanmin(drawn)
    return percentile_interval(drawn if has_width else drawn * np.nan, level), by


def _wilson(sums: Sums, key: Key, whole: Proportion, level: float) -> tuple[Interval, Method]:
    if sums.is_independent:
        return wilson(int(whole.hits), int(whole.n), level), "wilson"
    of_patients = sums.proportion(key, sums.matrices)
    n_patients = 0 if of_patients is None else int((of_patients.n > 0).sum())
    return wilson(n_patients if whole.hits else 0, n_patients, level), "wilson_on_patients"


def _of_area(sums: Sums, index: int, value: float, level: float) -> tuple[Interval, Method]:
    is_positive = sums.predictions.y_true == index
    if sums.is_independent:
        interval = delong(is_positive, sums.predictions.y_score[:, index], level)
        if interval.is_defined:
            return interval, "delong"
    n_positive, n_negative = (len(np.unique(sums.patient_of[side])) for side in (is_positive, ~is_positive))
    by: Method = "newcombe" if sums.is_independent else "newcombe_on_patients"
    return newcombe(value, n_positive, n_negative, level), by


def _why_no_value(sums: Sums, key: Key) -> Message:
    predictions = sums.predictions
    if predictions.n_samples == 0:
        return Message(text=N_("There is no image in this split."))
    if key.name in ("ppv", "npv"):
        return Message(text=N_("At this threshold no image is called so."))
    counts = np.bincount(predictions.y_true, minlength=len(predictions.class_names))
    absent = [name for name, n in zip(predictions.class_names, counts, strict=True) if n == 0]
    text = N_("There is no image of '{names}' in this split, and without one it can't be measured.")
    if absent:
        return Message(text=text, values={"names": ", ".join(absent)})
    return Message(text=N_("All images in this split are of one class, and one alone can't be measured."))


def _why_no_interval(drawn: NDArray[np.float64]) -> Message:
    if np.isnan(drawn).mean() > 0:
        return Message(
            text=N_("Too few patients: many resamples of them lack a class, so there is no interval.")
        )
    return Message(text=N_("Every resample gives the same value, which says nothing of how sure it is."))
