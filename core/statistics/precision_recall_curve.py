"""The precision-recall curve, as steps: no classifier reaches the straight line between two of its points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics.metrics import Scores, ratio


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """The points of a precision-recall curve where the recall grows.

    Between the recall of the point before (at first 0) and its own a point's precision holds, so that the
    area under the steps is the average precision (Davis and Goadrich 2006, doi:10.1145/1143844.1143874).

    Attributes
    ----------
    recall, precision
        ndarrays of shape (p,), float64 in [0, 1]; the recall rises to 1.
    thresholds
        ndarray of shape (p,), float64, falling: images that score at least this much are called positive.
    prevalence
        The share of positive images: the precision of guessing, at any recall.
    """

    recall: NDArray[np.float64]
    precision: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    prevalence: float


def precision_recall_curve(is_positive: NDArray[np.bool_], score: Scores) -> PrecisionRecallCurve:
    """Return the curve of `score` (shape (n,)) for the images that `is_positive` (shape (n,)) marks.

    Images of equal score are called together. Without a positive image it has no point.
    """
    order = np.argsort(-score, kind="stable")
    truth, falling = is_positive[order], score[order].astype(np.float64)
    last_of_tie = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)[: len(falling)])
    hits = np.cumsum(truth)[last_of_tie].astype(np.float64)
    called = (last_of_tie + 1).astype(np.float64)
    grows = np.diff(hits, prepend=0) > 0
    recall = ratio(hits, np.full(hits.shape, truth.sum(), dtype=np.float64))
    prevalence = float(is_positive.mean()) if len(is_positive) else float("nan")
    return PrecisionRecallCurve(
        recall[grows], ratio(hits, called)[grows], falling[last_of_tie][grows], prevalence
    )
