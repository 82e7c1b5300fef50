"""Which interval a metric gets, or why it gets none.

Where each patient has one image, proportions have Wilson's and the AUROC DeLong's; everything else, and
everything where patients have several images, is bootstrapped by patient. A calibration error is never
below 0, so that those of the resamples lie above it and say little of it: its interval is made of how far
the bins moved. Where every resample gives the
same value (all right, or wholly separated) a bootstrap would print an interval without width: then each
patient is counted once, or there is no interval.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.records import Method, MetricValue
from core.evaluation.resampling import Key, Values
from core.evaluation.weighing import GAPS_MOVED, SHARES, Groups
from core.language import N_, Message
from core.statistics.intervals import NO_INTERVAL, Interval, delong, newcombe, percentile_interval, wilson
from core.statistics.metrics import Proportion, against_rest, confusion_matrix

_MOST_NAMES: Final = 5  # of classes in a sentence
_NOBODY_CALLED: Final = {
    "ppv": N_("No image is called '{name}', so there is no share to take."),
    "npv": N_("Every image is called '{name}', so there is no share to take."),
}


@dataclass(frozen=True, eq=False)
class Answered:
    """Images with the class that each was called.

    Attributes
    ----------
    groups
        The images, by patient.
    called
        ndarray of shape (n,): the class called.
    n_unusable
        How many more images had no usable score, and are left out.
    """

    groups: Groups
    called: NDArray[np.int64]
    n_unusable: int = 0

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix, of shape (k, k), rows the truth."""
        found = self.groups.predictions
        return confusion_matrix(found.y_true, self.called, len(found.class_names))

    def class_of(self, key: Key) -> int | None:
        """Return the class that a metric takes for positive, None for one that takes them all alike."""
        return self.groups.predictions.positive_index if key.of is None else key.of

    def share(self, key: Key) -> Proportion | None:
        """Return the metric as hits of n; None if it is no proportion of images."""
        index = self.class_of(key)
        if key.name == "accuracy":
            return SHARES["accuracy"](self.matrix if index is None else self._folded[index])
        return SHARES[key.name](self._folded[index]) if key.name in SHARES and index is not None else None

    def counted(self, key: Key) -> NDArray[np.bool_]:
        """Return which images a proportion is over, ndarray of shape (n,)."""
        truth, index = self.groups.predictions.y_true, self.class_of(key)
        sides: dict[str, NDArray[np.bool_]] = {
            "sensitivity": truth == index,
            "specificity": truth != index,
            "ppv": self.called == index,
            "npv": self.called != index,
        }
        return sides.get(key.name, np.ones(len(truth), dtype=bool))

    @cached_property
    def _folded(self) -> NDArray[np.int64]:
        return np.asarray(against_rest(self.matrix), dtype=np.int64)


def measure(asked: Answered, key: Key, value: float, drawn: Values, level: float) -> MetricValue:
    """Give a metric its interval.

    Parameters
    ----------
    asked
        What was evaluated.
    key, value
        The metric; NaN where it is not defined.
    drawn
        Each metric's bootstrapped values, of shape (n_resamples,); empty where there was nobody to draw.
    level
        Of the interval.
    """
    whole = asked.share(key)
    n = asked.groups.predictions.n_samples if whole is None else int(whole.n)
    if key not in drawn or not np.isfinite(value):
        return MetricValue(value=None, n=n, reason=_why_no_value(asked, key))
    if key.name == "calibration_error":
        interval, method = _of_gaps(asked, key, value, drawn, level)
    else:
        interval, method = _interval(asked, key, value, drawn[key], level)
    if not interval.is_defined:
        return MetricValue(value=value, n=n, reason=_why_no_interval(drawn[key]))
    return MetricValue(value=value, low=interval.low, high=interval.high, n=n, method=method)


def _interval(
    asked: Answered, key: Key, value: float, drawn: NDArray[np.float64], level: float
) -> tuple[Interval, Method]:
    whole, index, is_single = asked.share(key), asked.class_of(key), asked.groups.are_single
    is_extreme = value in (0, 1)
    if whole is not None and (is_single or is_extreme):
        return _wilson(asked, key, whole, level)
    if key.name == "auroc" and index is not None and (is_single or is_extreme):
        return _of_area(asked, index, value, level)
    by: Method = "bootstrap_by_image" if is_single else "bootstrap_by_patient"
    defined = drawn[np.isfinite(drawn)]
    has_width = len(defined) > 0 and defined.max() > defined.min()
    return percentile_interval(drawn, level) if has_width else NO_INTERVAL, by


def _of_gaps(asked: Answered, key: Key, value: float, drawn: Values, level: float) -> tuple[Interval, Method]:
    """Bound a calibration error: below by how far all bins moved together, above by reflecting the draws.

    The first holds whatever the true gaps are (triangle inequality), also where they are all 0. The second
    takes off what chance adds to a sum of sizes; a calibration error of 0 is below it in any case.
    """
    tail = (1 - level) / 2
    moved, errors = drawn[Key(GAPS_MOVED, key.of)], drawn[key]
    by: Method = "bins_by_image" if asked.groups.are_single else "bins_by_patient"
    if not np.nanmax(moved) > 0:
        return NO_INTERVAL, by
    low = max(0.0, value - float(np.quantile(moved, 1 - tail)))
    return Interval(low, min(1.0, max(value, 2 * value - float(np.quantile(errors, tail))))), by


def _wilson(asked: Answered, key: Key, whole: Proportion, level: float) -> tuple[Interval, Method]:
    if asked.groups.are_single:
        return wilson(int(whole.hits), int(whole.n), level), "wilson"
    n_patients = len(np.unique(asked.groups.of[asked.counted(key)]))
    return wilson(n_patients if whole.hits else 0, n_patients, level), "wilson_on_patients"


def _of_area(asked: Answered, index: int, value: float, level: float) -> tuple[Interval, Method]:
    found = asked.groups.predictions
    is_positive = found.y_true == index
    if asked.groups.are_single:
        interval = delong(is_positive, found.y_score[:, index], level)
        if interval.is_defined:
            return interval, "delong"
    n_positive, n_negative = (len(np.unique(asked.groups.of[side])) for side in (is_positive, ~is_positive))
    by: Method = "newcombe" if asked.groups.are_single else "newcombe_on_patients"
    return newcombe(value, n_positive, n_negative, level), by


def _why_no_value(asked: Answered, key: Key) -> Message:
    found = asked.groups.predictions
    if found.n_samples == 0 and asked.n_unusable:
        return Message(text=N_("The network gave no usable number for any image."))
    if found.n_samples == 0:
        return Message(text=N_("There is no image in this split."))
    if key.name in ("ppv", "npv") and (index := asked.class_of(key)) is not None:
        return Message(text=_NOBODY_CALLED[key.name], values={"name": found.class_names[index]})
    absent, never_called = _missing(asked, found.y_true, key), _missing(asked, asked.called, key)
    # The correlation needs two sides of both; where the truth has them, it is the answers that lack one.
    if key.name in ("ppv", "npv") or (key.name == "mcc" and not _is_of_one_side(found.y_true, key.of)):
        text = N_("No image is called '{names}', and without one it can't be measured.")
        return Message(text=text, values={"names": never_called})
    text = N_("There is no image of '{names}' in this split, and without one it can't be measured.")
    if absent:
        return Message(text=text, values={"names": absent})
    return Message(text=N_("All images in this split are of one class, and one alone can't be measured."))


def _is_of_one_side(classes: NDArray[np.int64], index: int | None) -> bool:
    return len(np.unique(classes if index is None else classes == index)) < 2


def _missing(asked: Answered, classes: NDArray[np.int64], key: Key) -> str:
    """Return which classes do not occur, the first few of them; of a class against the rest that one."""
    names = asked.groups.predictions.class_names
    counts = np.bincount(classes, minlength=len(names))
    if key.of is not None and counts[key.of] == 0:
        return names[key.of]
    missing = [name for name, n in zip(names, counts, strict=True) if n == 0]
    return ", ".join(missing[:_MOST_NAMES]) + (", …" if len(missing) > _MOST_NAMES else "")


def _why_no_interval(drawn: NDArray[np.float64]) -> Message:
    if np.isnan(drawn).mean() > 0:
        return Message(
            text=N_("Too few patients: many resamples of them lack a class, so there is no interval.")
        )
    return Message(text=N_("Every resample gives the same value, which says nothing of how sure it is."))
