"""Average precision: the area under the curve of precision against recall, without interpolation."""

import numpy as np
from numpy.typing import NDArray

from core.statistics.metrics import Scores, ratio


def average_precision(is_positive: NDArray[np.bool_], score: Scores) -> float:
    """Return the sum over the thresholds of precision times the gain in recall; NaN without a positive image.

    As in scikit-learn: images of equal score are called positive together, and no straight line is drawn
    between two thresholds, for no classifier reaches it (Davis and Goadrich 2006,
    doi:10.1145/1143844.1143874). Guessing gives the prevalence.

    Parameters
    ----------
    is_positive, score
        ndarrays of shape (n,).
    """
    return float(average_precisions(is_positive, score, np.ones((1, len(score))))[0])


def average_precisions(
    is_positive: NDArray[np.bool_], score: Scores, weights: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return `average_precision` with images counted `weights` (b, n) times, ndarray of shape (b,)."""
    order = np.argsort(-score, kind="stable")
    falling, heavy = score[order], weights[:, order].astype(np.float64)
    last_of_tie = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)[: len(falling)])
    called = np.cumsum(heavy, axis=1)[:, last_of_tie]
    hits = np.cumsum(heavy * is_positive[order], axis=1)[:, last_of_tie]
    precision = ratio(hits, called)  # NaN where nothing counts yet: it gains nothing there either
    gained = np.diff(hits, axis=1, prepend=0)
    return ratio((gained * np.nan_to_num(precision)).sum(axis=1), gained.sum(axis=1))


def macro_average_precision(y_true: NDArray[np.integer], y_score: Scores) -> float:
    """Return the mean over the classes of the average precision of each against the rest.

    `y_true` has shape (n,), `y_score` (n, k); NaN if a class has no image.
    """
    classes = range(y_score.shape[1])
    return float(np.mean([average_precision(y_true == index, y_score[:, index]) for index in classes]))
