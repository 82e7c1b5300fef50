"""Which images stand behind a number: those of a cell of the confusion matrix, the errors, the least sure.

Every image is in exactly one cell, at any threshold.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide
from core.language import N_
from core.runs.predictions import Predictions

Kind = Literal["errors", "cell", "least_sure", "all"]
KINDS: Final[dict[Kind, str]] = {
    "errors": N_("Errors"),
    "cell": N_("One cell"),
    "least_sure": N_("Least sure"),
    "all": N_("All"),
}

By = Literal["count", "row", "column"]


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: the indices of the true and of the called class."""

    truth: int
    called: int


@dataclass(frozen=True)
class Called:
    """One image and what was said of it.

    Attributes
    ----------
    sample_id
        Which image.
    true_class, called_class
        What it is, and what it was called.
    probability
        Of the positive class of two; with more classes of the class that it was called.
    """

    sample_id: int
    true_class: str
    called_class: str
    probability: float

    @property
    def is_right(self) -> bool:
        """Whether it was called what it is."""
        return self.true_class == self.called_class


def confidence(predictions: Predictions, threshold: Threshold = 0.5) -> NDArray[np.float64]:
    """Return how surely each image was called what it was called, ndarray of shape (n,), in [0, 1].

    With two classes the distance of the probability from the threshold, a miss and a false alarm alike. With
    more the share of the called class when each probability is divided by the threshold of its class: with
    equal thresholds its probability.
    """
    positive = predictions.positive_index
    if positive is not None:
        distance: NDArray[np.float64] = np.abs(
            predictions.y_score[:, positive].astype(np.float64) - float(np.atleast_1d(threshold)[0])
        )
        return distance
    each = np.maximum(np.atleast_1d(np.asarray(threshold, dtype=np.float64)), np.finfo(np.float32).tiny)
    scaled = predictions.y_score / each
    places = np.arange(predictions.n_samples)
    with np.errstate(invalid="ignore", divide="ignore"):
        share: NDArray[np.float64] = scaled[places, decide(predictions, threshold)] / scaled.sum(axis=1)
    return share


def places_of(
    predictions: Predictions, threshold: Threshold = 0.5, *, kind: Kind = "all", cell: Cell | None = None
) -> NDArray[np.int64]:
    """Return the indices of some images, in the order in which they are worth looking at.

    Parameters
    ----------
    predictions, threshold
        As in `decide`.
    kind
        "errors", "cell" (of `cell`) and "all": the surest first. "least_sure": all, the least sure first.
    cell
        Which one; without it "cell" means no image.
    """
    called = decide(predictions, threshold)
    chosen = np.ones(predictions.n_samples, dtype=np.bool_)
    if kind == "errors":
        chosen = called != predictions.y_true
    elif kind == "cell":
        chosen = np.zeros_like(chosen) if cell is None else _is_in(cell, predictions.y_true, called)
    places = np.flatnonzero(chosen)
    sure = confidence(predictions, threshold)[places]
    return places[np.argsort(sure if kind == "least_sure" else -sure, kind="stable")]


def count_cells(predictions: Predictions, threshold: Threshold = 0.5) -> NDArray[np.int64]:
    """Return the confusion matrix, ndarray of shape (k, k), int64: rows the truth, columns the called."""
    k = len(predictions.class_names)
    flat = predictions.y_true * k + decide(predictions, threshold)
    counts: NDArray[np.int64] = np.bincount(flat, minlength=k * k).reshape(k, k)
    return counts


def cell_shares(counts: NDArray[np.integer], by: By = "row") -> NDArray[np.float64]:
    """Return what part each cell is, ndarray of shape (k, k), float64 in [0, 1]; 0 of nothing.

    Parameters
    ----------
    counts
        A confusion matrix, ndarray of shape (k, k).
    by
        Of what: of its "row" (the images of one truth), of its "column" (those that were called so), or, for
        "count", of the fullest cell.
    """
    axis = {"row": 1, "column": 0}.get(by)
    whole = counts.max(initial=0) if axis is None else counts.sum(axis=axis, keepdims=True)
    shares: NDArray[np.float64] = np.divide(counts, whole, out=np.zeros(counts.shape), where=whole > 0)
    return shares


def described(
    predictions: Predictions, places: NDArray[np.integer], threshold: Threshold = 0.5
) -> list[Called]:
    """Return what was said of the images at some places, in their order."""
    few = predictions.take(places)
    called, positive, names = decide(few, threshold), few.positive_index, few.class_names
    column = called if positive is None else np.full_like(called, positive)
    scores = few.y_score[np.arange(len(places)), column]
    return [
        Called(int(few.sample_ids[row]), names[few.y_true[row]], names[called[row]], float(scores[row]))
        for row in range(len(places))
    ]


def _is_in(cell: Cell, truth: NDArray[np.int64], called: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (truth == cell.truth) & (called == cell.called)
    return inside
