"""How far probabilities are from how often it is so: the expected calibration error.

Two definitions are in use, and give different numbers on the same data. Both cut [0, 1] into ten bins of
equal width, and average |mean probability - share of images where it is so| over the bins, weighted by how
many images they hold (Naeini 2015, doi:10.1609/aaai.v29i1.9602). They differ in whose probability it is:

- `of_event`: the probability of one class against how often it is that class. For two classes, and for each
  of several against the rest. It is what a reliability diagram of that class draws.
- `of_answer`: the probability of the class called against how often that is right (Guo 2017,
  arXiv:1706.04599). For several classes taken together.

It is never below 0, so few images raise it: a network with perfect probabilities has about 0.10 on 100
images.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.metrics import Scores

N_BINS: Final = 10


def bins_of(probability: Scores) -> NDArray[np.intp]:
    """Return in which of N_BINS each probability lies, ndarray of shape (n,); 1 lies in the last.

    A bin holds its lower edge: [0, 0.1), [0.1, 0.2) ... [0.9, 1].
    """
    edges = np.arange(1, N_BINS) / N_BINS
    return np.searchsorted(edges.astype(probability.dtype), probability, side="right")


def calibration_error(
    is_so: NDArray[np.bool_], probability: Scores, counts: NDArray[np.integer] | None = None
) -> float:
    """Return the expected calibration error of `probability` (n,) of what `is_so` (n,); NaN without an image.

    Parameters
    ----------
    counts
        ndarray of shape (n,): how often each image counts; None counts each once.
    """
    weights = np.ones(len(is_so)) if counts is None else counts
    gaps = np.bincount(bins_of(probability), (probability - is_so.astype(np.float64)) * weights, N_BINS)
    return float(np.abs(gaps).sum() / weights.sum()) if weights.sum() else float("nan")


def of_event(y_true: NDArray[np.integer], y_score: Scores, index: int) -> float:
    """Return the calibration error of class `index`; `y_true` has shape (n,), `y_score` (n, k)."""
    return calibration_error(y_true == index, y_score[:, index])


def of_answer(y_true: NDArray[np.integer], y_score: Scores) -> float:
    """Return the calibration error of the most probable class; `y_true` has shape (n,), `y_score` (n, k)."""
    return calibration_error(y_score.argmax(axis=1) == y_true, y_score.max(axis=1))
