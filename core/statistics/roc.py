"""The ROC curve and the area under it.

The area is the probability that a positive image scores higher than a negative one, ties counting half
(Mann-Whitney; Bamber 1975, doi:10.1016/0022-2496(75)90001-2), so it needs no curve to be computed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics.metrics import Scores, ratio


@dataclass(frozen=True, eq=False)
class RocCurve:
    """The points of a ROC curve, from (0, 0) to (1, 1).

    Attributes
    ----------
    false_positive_rate, true_positive_rate
        ndarrays of shape (p,), float64 in [0, 1]: 1 - specificity, and sensitivity.
    thresholds
        ndarray of shape (p,), float64, falling: images that score at least this much are called positive.
        The first is infinite: nothing is called positive.
    """

    false_positive_rate: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    thresholds: NDArray[np.float64]


def roc_curve(is_positive: NDArray[np.bool_], score: Scores) -> RocCurve:
    """Return the ROC curve of `score` (shape (n,)) for the images that `is_positive` (shape (n,)) marks.

    Images of equal score move the curve in one step. A rate is NaN where there is no image to count.
    """
    order = np.argsort(-score, kind="stable")
    truth, falling = is_positive[order], score[order].astype(np.float64)
    last_of_tie = np.append(falling[1:] != falling[:-1], True) if len(falling) else np.zeros(0, dtype=bool)
    true_positives = np.append(0, np.cumsum(truth)[last_of_tie])
    false_positives = np.append(0, np.cumsum(~truth)[last_of_tie])
    return RocCurve(
        ratio(false_positives, np.full(false_positives.shape, (~truth).sum())),
        ratio(true_positives, np.full(true_positives.shape, truth.sum())),
        np.append(np.inf, falling[last_of_tie]),
    )


def auroc(
    is_positive: NDArray[np.bool_], score: Scores, weights: NDArray[np.generic] | None = None
) -> NDArray[np.float64]:
    """Return the area under the ROC curve, once or for many weightings at a time.

    Parameters
    ----------
    is_positive, score
        ndarrays of shape (n,).
    weights
        ndarray of shape (..., n): how often each image counts; None counts each once. A bootstrap resample
        is a row.

    Returns
    -------
    ndarray of shape (...), float64 in [0, 1]; NaN where a side has no image.
    """
    w = np.ones(len(score)) if weights is None else np.asarray(weights, dtype=np.float64)
    order = np.argsort(score, kind="stable")
    rising, truth = score[order], is_positive[order]
    starts = np.flatnonzero(np.append(True, rising[1:] != rising[:-1])[: len(rising)])
    positive = _sum_ties(w[..., order] * truth, starts)  # (..., number of different scores)
    negative = _sum_ties(w[..., order] * ~truth, starts)
    below = np.cumsum(negative, axis=-1) - negative / 2  # negatives that score lower; ties count half
    pairs = positive.sum(-1) * negative.sum(-1)
    return ratio((positive * below).sum(-1), pairs)


def macro_auroc(
    y_true: NDArray[np.integer], y_score: Scores, weights: NDArray[np.generic] | None = None
) -> NDArray[np.float64]:
    """Return the mean over the classes of the AUROC of each against the rest; NaN if one has no image.

    `y_true` has shape (n,), `y_score` (n, k), `weights` (..., n) as in `auroc`.
    """
    classes = range(y_score.shape[1])
    areas = [auroc(y_true == index, y_score[:, index], weights) for index in classes]
    return np.asarray(np.mean(areas, axis=0))


def _sum_ties(values: NDArray[np.float64], starts: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.add.reduceat(values, starts, axis=-1) if len(starts) else values
