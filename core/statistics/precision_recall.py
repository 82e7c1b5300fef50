"""Average precision: the area under the curve of precision against recall, without interpolation."""

import numpy as np
from numpy.typing import NDArray

from core.statistics.metrics import Scores


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
    if not is_positive.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    truth, falling = is_positive[order], score[order]
    last_of_tie = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    hits = np.cumsum(truth)[last_of_tie]
    precision = hits / (last_of_tie + 1)
    return float((np.diff(hits, prepend=0) * precision).sum() / truth.sum())


def macro_average_precision(y_true: NDArray[np.integer], y_score: Scores) -> float:
    """Return the mean over the classes of the average precision of each against the rest.

    `y_true` has shape (n,), `y_score` (n, k); NaN if a class has no image.
    """
    classes = range(y_score.shape[1])
    return float(np.mean([average_precision(y_true == index, y_score[:, index]) for index in classes]))
