"""A metric over some of the images, with its interval: what a table of groups is made of.

The same rules as for a whole split (core.evaluation.uncertainty), for any mask of its images and one set of
draws, so that two groups can be held against each other draw by draw.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.patients import number_patients
from core.evaluation.records import Method, MetricValue
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.statistics import draws as drawn
from core.statistics.intervals import Interval, delong, newcombe, percentile_interval, wilson
from core.statistics.metrics import Scores, ratio
from core.statistics.ranking import rank, weigh_auroc
from core.statistics.roc import auroc

N_RESAMPLES: Final = 1000
N_RESAMPLES_OF_MANY: Final = 200
_MANY: Final = 20_000  # images; from there on an interval of 200 draws is as good as anybody needs
_MOST_AT_ONCE: Final = 4_000_000  # numbers: groups of images times patients
_NOBODY: Final = N_("There is no image of whom this could be said.")
_ONE_SIDE: Final = N_("All of these are on one side: there is nothing to tell apart.")
_NO_WIDTH: Final = N_("Every resample gives the same value, which says nothing of how sure it is.")
_TOO_FEW: Final = N_("Too few patients: many resamples of them lack a class, so there is no interval.")

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Counted:
    """What a metric counts among n images.

    Attributes
    ----------
    sides
        Masks of shape (n,) that each need an image: those that a share counts, or both sides of an area.
    hits
        ndarray of shape (n,), bool: of the first side, which are counted as right.
    score
        ndarray of shape (n,): for an area, what is ranked; None for a share.
    kinds
        Masks of shape (n,) that each need an image too: where all images are ill, whoever is called ill is
        ill, whatever the network says. So it is for the predictive values.
    """

    sides: tuple[_Mask, ...]
    hits: _Mask
    score: Scores | None = None
    kinds: tuple[_Mask, ...] = ()

    def is_settled(self, mask: _Mask) -> bool:
        """Tell whether the images of a mask alone, and not the network, decide the metric."""
        return not all((mask & kind).any() for kind in self.kinds)


class Draws:
    """Patients drawn again: `patient_of` (n,) numbers them; an unknown one has one image.

    Of a great many images the draws are fewer: `n_resamples` says how many.
    """

    def __init__(self, predictions: Predictions, *, seed: int = 0) -> None:
        n = predictions.n_samples
        self.patient_of = number_patients(predictions)
        self.n_groups = int(self.patient_of.max(initial=-1)) + 1
        self.n_resamples = N_RESAMPLES if n <= _MANY else N_RESAMPLES_OF_MANY
        self._drawn = drawn.Draws(self.n_groups, self.n_resamples, seed=seed, width=n)

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield how often each patient came: ndarrays of shape (n_groups, b)."""
        return self._drawn.blocks()

    def n_patients(self, mask: _Mask) -> int:
        """Return of how many patients the images of a mask are."""
        return len(np.unique(self.patient_of[mask]))

    def n_effective(self, mask: _Mask, sides: tuple[_Mask, ...]) -> float:
        """Return how many patients a metric of these images rests on: 1 / (1 / n + 1 / m) for two sides."""
        return 1 / sum(1 / max(self.n_patients(mask & side), 1) for side in sides)

    def is_independent(self, mask: _Mask) -> bool:
        """Tell whether each patient has one image among these."""
        return self.n_patients(mask) == int(mask.sum())


def counted(
    predictions: Predictions,
    called: NDArray[np.int64],
    name: Literal["auroc", "sensitivity", "specificity", "ppv", "npv", "accuracy"],
    index: int | None,
) -> Counted:
    """Say what a metric counts.

    Parameters
    ----------
    predictions, called
        Of n images, with the class that each was called, ndarray of shape (n,).
    name
        The metric.
    index
        The class that is held against the rest; None for the accuracy, which takes all alike.
    """
    truth = predictions.y_true
    if index is None or name == "accuracy":
        return Counted((np.ones(len(truth), dtype=bool),), truth == called)
    is_positive, is_called = truth == index, called == index
    if name == "auroc":
        return Counted((is_positive, ~is_positive), is_positive, predictions.y_score[:, index])
    counts = {
        "sensitivity": (is_positive, is_called),
        "specificity": (~is_positive, ~is_called),
        "ppv": (is_called, is_positive),
        "npv": (~is_called, ~is_positive),
    }
    side, hits = counts[name]
    kinds = (is_positive, ~is_positive) if name in ("ppv", "npv") else ()
    return Counted((side,), hits, kinds=kinds)


def share(
    what: Counted, mask: _Mask, draws: Draws, level: float, values: NDArray[np.float64] | None = None
) -> MetricValue:
    """Return the share of hits among the counted images of a mask: Wilson's interval, or the bootstrap's.

    `values` are those of `draws_of`, if they are there.
    """
    among = mask & what.sides[0]
    n, hits = int(among.sum()), int((among & what.hits).sum())
    if n == 0:
        return MetricValue(value=None, n=0, reason=Message(text=_NOBODY))
    if what.is_settled(mask):
        return MetricValue(value=None, n=n, reason=Message(text=_ONE_SIDE))
    value = hits / n
    if draws.is_independent(among):
        return _valued(value, n, wilson(hits, n, level), "wilson")
    if value in (0, 1):  # every draw gives the same
        n_patients = draws.n_patients(among)
        return _valued(value, n, wilson(n_patients if hits else 0, n_patients, level), "wilson_on_patients")
    return _bootstrapped(value, n, draws_of(what, mask, draws) if values is None else values, level)


def area(
    what: Counted, mask: _Mask, draws: Draws, level: float, values: NDArray[np.float64] | None = None
) -> MetricValue:
    """Return the AUROC among the images of a mask: DeLong's interval, Newcombe's, or the bootstrap's.

    `values` are those of `draws_of`, if they are there.
    """
    n, score = int(mask.sum()), what.score
    positive, negative = (mask & side for side in what.sides)
    if score is None or not positive.any() or not negative.any():
        return MetricValue(value=None, n=n, reason=Message(text=_ONE_SIDE if n else _NOBODY))
    value = float(auroc(positive[mask], score[mask]))
    is_independent = draws.is_independent(mask)
    if is_independent and (interval := delong(positive[mask], score[mask], level)).is_defined:
        return _valued(value, n, interval, "delong")
    if is_independent or value in (0, 1):
        interval = newcombe(value, draws.n_patients(positive), draws.n_patients(negative), level)
        return _valued(value, n, interval, "newcombe" if is_independent else "newcombe_on_patients")
    return _bootstrapped(value, n, draws_of(what, mask, draws) if values is None else values, level)


def point(what: Counted, mask: _Mask) -> float:
    """Return the metric over the images of a mask alone; NaN where it is not defined."""
    if what.score is not None:
        return float(auroc(what.sides[0][mask], what.score[mask]))
    among = mask & what.sides[0]
    return float(ratio((among & what.hits).sum(), among.sum()))


def draws_of(what: Counted, mask: _Mask, draws: Draws) -> NDArray[np.float64]:
    """Return the metric in each draw, ndarray of shape (n_resamples,); NaN where it is not defined."""
    if what.score is not None:
        whose = draws.patient_of[mask]
        ranking = rank(what.sides[0][mask], what.score[mask], whose, n_groups=draws.n_groups)
        found = [weigh_auroc(ranking, counts) for counts in draws.blocks()]
        return np.concatenate([np.zeros(0), *found])
    only: NDArray[np.float64] = shares_of(what, [mask], draws)[0]
    return only


def shares_of(what: Counted, masks: Sequence[_Mask], draws: Draws) -> NDArray[np.float64]:
    """Return a share in each draw for many masks at once, ndarray of shape (n_masks, n_resamples).

    Many are one product with each block of the draws: a table of groups has a hundred.
    """
    step = max(1, _MOST_AT_ONCE // max(1, draws.n_groups))
    found = [_shares_of_few(what, masks[start : start + step], draws) for start in range(0, len(masks), step)]
    return np.concatenate(found)


def _shares_of_few(what: Counted, masks: Sequence[_Mask], draws: Draws) -> NDArray[np.float64]:
    among = [mask & what.sides[0] for mask in masks]
    whose = [draws.patient_of[each] for each in (*(one & what.hits for one in among), *among)]
    rows = np.stack([np.bincount(each, minlength=draws.n_groups) for each in whose]).astype(np.float64)
    summed = np.concatenate(
        [np.zeros((len(rows), 0)), *(rows @ counts for counts in draws.blocks())], axis=1
    )  # (2 n_masks, n_resamples)
    return ratio(summed[: len(masks)], summed[len(masks) :])


def _bootstrapped(value: float, n: int, drawn: NDArray[np.float64], level: float) -> MetricValue:
    interval = percentile_interval(drawn, level)
    if not interval.is_defined:
        return MetricValue(value=value, n=n, reason=Message(text=_TOO_FEW))
    if interval.low == interval.high:
        return MetricValue(value=value, n=n, reason=Message(text=_NO_WIDTH))
    return _valued(value, n, interval, "bootstrap_by_patient")


def _valued(value: float, n: int, interval: Interval, method: Method) -> MetricValue:
    return MetricValue(value=value, low=interval.low, high=interval.high, n=n, method=method)
