"""The metrics of predictions whose patients count as often as they were drawn.

Each patient counted once gives the value of a metric; the counts of a thousand resamples give its bootstrap.
So nothing is computed twice in two ways, and patients are never torn apart. What depends on the threshold
(`Answers`) stands apart from what does not (`Ranks`), for a threshold moves often.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.evaluation.patients import number_patients
from core.evaluation.resampling import Key, Values
from core.runs.predictions import Predictions
from core.statistics import metrics
from core.statistics.agreement import cohen_kappa
from core.statistics.calibration_error import N_BINS, bins_of
from core.statistics.ranking import Ranking, rank, weigh, weigh_auroc

Counts = NDArray[np.float64]  # (n_groups, b)

SHARES: Final[dict[str, Callable[[metrics.Matrix], metrics.Proportion]]] = {
    "sensitivity": lambda matrix: metrics.sensitivity(matrix, 1),
    "specificity": lambda matrix: metrics.specificity(matrix, 1),
    "ppv": lambda matrix: metrics.positive_predictive_value(matrix, 1),
    "npv": lambda matrix: metrics.negative_predictive_value(matrix, 1),
    "accuracy": metrics.accuracy,
}
_OF_TWO: Final[dict[str, Callable[[metrics.Matrix], NDArray[np.float64]]]] = {
    "balanced_accuracy": metrics.balanced_accuracy,
    "f1": lambda matrix: metrics.f1(matrix, 1),
    "mcc": metrics.matthews_correlation,
    "kappa": cohen_kappa,
}
_OF_MANY: Final[dict[str, Callable[[metrics.Matrix], NDArray[np.float64]]]] = {
    "accuracy": lambda matrix: metrics.accuracy(matrix).value,
    "balanced_accuracy": metrics.balanced_accuracy,
    "mcc": metrics.matthews_correlation,
    "kappa": cohen_kappa,
}
GAPS_MOVED: Final = "gaps_moved"  # no metric: how far the gaps of all bins together moved in a resample
_MEANS: Final = ("sensitivity", "specificity", "ppv", "npv", "f1")  # over the classes, with more than two


class Groups:
    """Predictions whose images are grouped by patient.

    Attributes
    ----------
    predictions
        Of n images, all with scores that are numbers.
    of
        ndarray of shape (n,): the group of each image, from 0; an image of an unknown patient is its own.
    n
        Number of groups.
    """

    def __init__(self, predictions: Predictions) -> None:
        self.predictions = predictions
        self.of = number_patients(predictions)
        self.n = int(self.of.max(initial=-1)) + 1

    @property
    def are_single(self) -> bool:
        """Whether each patient has one image."""
        return self.n == self.predictions.n_samples

    @property
    def classes(self) -> list[int]:
        """The classes that are judged against the rest: the positive one of two, or each of several."""
        positive = self.predictions.positive_index
        return list(range(len(self.predictions.class_names))) if positive is None else [positive]

    def summed(self, rows: NDArray[np.integer], n_rows: int, values: NDArray[Any] | None = None) -> Any:
        """Return a sparse matrix (n_rows, n) that adds each image's value to its row and its group."""
        data = np.ones(len(rows)) if values is None else values.astype(np.float64)
        return csr_array((data, (rows, self.of)), shape=(n_rows, self.n))


@dataclass(frozen=True, eq=False)
class Ranks:
    """What the scores say at any threshold.

    Attributes
    ----------
    rankings
        Of each class in `Groups.classes` against the rest.
    micro
        With more than two classes: of all pairs of an image and a class, the true ones against the others.
    losses
        ndarray of shape (1 + 2 s, n_groups): number of images, then the sums of log loss and of Brier score,
        overall and, with several classes, for each against the rest.
    gaps
        Sparse, of shape (s N_BINS, n_groups): probability minus outcome in each bin, of the same things.
    """

    groups: Groups
    rankings: list[Ranking]
    micro: Ranking | None
    losses: NDArray[np.float64]
    gaps: Any


def ranks_of(groups: Groups) -> Ranks:
    """Order the images once for all resamples."""
    found, is_many = groups.predictions, groups.predictions.positive_index is None
    truth, score = found.y_true, found.y_score
    rankings = [
        rank(truth == index, score[:, index], groups.of, n_groups=groups.n) for index in groups.classes
    ]
    one_hot = np.eye(score.shape[1], dtype=bool)[truth]
    repeated = np.repeat(groups.of, score.shape[1])
    micro = rank(one_hot.ravel(), score.ravel(), repeated, n_groups=groups.n) if is_many else None
    return Ranks(groups, rankings, micro, _losses(groups), _gaps(groups))


def of_scores(ranks: Ranks, counts: Counts) -> Values:
    """Return AUROC, average precision, log loss, Brier score, calibration error, each of shape (b,).

    Beside them GAPS_MOVED, which the interval of the calibration error is made of.
    """
    groups = ranks.groups
    keys = _keys(groups)
    found = _losses_of(ranks, keys, counts) | _gaps_of(ranks, keys, counts)
    for key, ranking in zip(keys if ranks.micro is None else keys[1:], ranks.rankings, strict=True):
        ranked = weigh(ranking, counts)
        found[Key("auroc", key)] = ranked.auroc
        found[Key("average_precision", key)] = ranked.average_precision
    if ranks.micro is not None:
        found[Key("auroc_micro")] = weigh_auroc(ranks.micro, counts)
        for name in ("auroc", "average_precision"):
            found[Key(name)] = np.mean([found[Key(name, index)] for index in groups.classes], axis=0)
    return found


def cells_of(groups: Groups, called: NDArray[np.int64]) -> Any:
    """Return each patient's confusion matrix: sparse, of shape (k k, n_groups), rows the truth first."""
    k = len(groups.predictions.class_names)
    return groups.summed(groups.predictions.y_true * k + called, k * k)


def of_answers(groups: Groups, cells: Any, counts: Iterable[Counts]) -> Values:
    """Return what follows from the class that each image is called, each of shape (all b,)."""
    k = len(groups.predictions.class_names)
    stack = np.concatenate([(cells @ each).T for each in counts]).reshape(-1, k, k)
    folded = metrics.against_rest(stack)  # (b, k, k) -> (b, k, 2, 2)
    positive = groups.predictions.positive_index
    if positive is not None:
        return {Key(name): value for name, value in _of_two(folded[:, positive]).items()}
    each = _of_two(folded)
    found = {Key(name, index): value[:, index] for name, value in each.items() for index in range(k)}
    found |= {Key(name): function(stack) for name, function in _OF_MANY.items()}
    return found | {Key(name): each[name].mean(axis=1) for name in _MEANS}


def _of_two(folded: metrics.Matrix) -> dict[str, NDArray[np.float64]]:
    return {name: function(folded).value for name, function in SHARES.items()} | {
        name: function(folded) for name, function in _OF_TWO.items()
    }


def _keys(groups: Groups) -> list[int | None]:
    """Return of what there is a loss: of all classes and, with several, of each against the rest."""
    return [None] if groups.predictions.positive_index is not None else [None, *groups.classes]


def _losses(groups: Groups) -> NDArray[np.float64]:
    found = groups.predictions
    truth, score = found.y_true, found.y_score
    rows = [np.ones(len(truth)), metrics.log_losses(truth, score), metrics.brier_scores(truth, score)]
    for index in groups.classes if found.positive_index is None else []:
        of_two = np.stack([1 - score[:, index], score[:, index]], axis=1)
        is_class = (truth == index).astype(np.int64)
        rows += [metrics.log_losses(is_class, of_two), metrics.brier_scores(is_class, of_two)]
    return np.stack([np.bincount(groups.of, row, groups.n) for row in rows])


def _losses_of(ranks: Ranks, keys: list[int | None], counts: Counts) -> Values:
    sums = ranks.losses @ counts
    means = metrics.ratio(sums[1:], np.broadcast_to(sums[0], sums[1:].shape))
    found = {}
    for place, key in enumerate(keys):
        found[Key("log_loss", key)], found[Key("brier", key)] = means[2 * place], means[2 * place + 1]
    return found


def _gaps(groups: Groups) -> Any:
    found, truth = groups.predictions, groups.predictions.y_true
    pairs = [(found.y_score[:, index], truth == index) for index in groups.classes]
    if found.positive_index is None:
        best = found.y_score.argmax(axis=1)
        pairs = [(found.y_score.max(axis=1, initial=0), best == truth), *pairs]
    rows = [bins_of(score) + N_BINS * place for place, (score, _) in enumerate(pairs)]
    gaps = [score - is_so.astype(np.float64) for score, is_so in pairs]
    groups_of = np.tile(groups.of, len(pairs))
    places = (np.concatenate(rows), groups_of)
    return csr_array((np.concatenate(gaps), places), shape=(N_BINS * len(pairs), groups.n))


def _gaps_of(ranks: Ranks, keys: list[int | None], counts: Counts) -> Values:
    gaps, missed = _gap_means(ranks, counts), _gap_means(ranks, np.ones((ranks.groups.n, 1)))
    found = {}
    for place, key in enumerate(keys):
        found[Key("calibration_error", key)] = np.abs(gaps[place]).sum(axis=0)
        found[Key(GAPS_MOVED, key)] = np.abs(gaps[place] - missed[place]).sum(axis=0)
    return found


def _gap_means(ranks: Ranks, counts: Counts) -> NDArray[np.float64]:
    """Return the gap in each bin over the number of images, of shape (s, N_BINS, b)."""
    gaps: NDArray[np.float64] = ranks.gaps @ counts
    n = np.broadcast_to(ranks.losses[0] @ counts, gaps.shape)
    return metrics.ratio(gaps, n).reshape(-1, N_BINS, counts.shape[1])
