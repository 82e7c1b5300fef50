"""From probabilities to a class: the threshold."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.language import N_
from core.runs.predictions import Predictions

Threshold = float | tuple[float, ...]
_SAME: Final = 1e-9


def decide(predictions: Predictions, threshold: Threshold = 0.5) -> NDArray[np.int64]:
    """Return the class called for each image.

    Parameters
    ----------
    predictions
        Of n images and k classes.
    threshold
        With two classes: the probability of the positive class from which on an image is called positive.
        With more: one for each class, and the class is called whose probability is largest for its threshold
        (their quotient), which with two classes comes to the same; a single number, or equal ones, call the
        most probable class. 0 takes a class as if its threshold were the smallest that a float32 tells.

    Returns
    -------
    ndarray of shape (n,), int64: indices into `predictions.class_names`.

    Raises
    ------
    InvalidValueError
        If a threshold is not between 0 and 1, or there are not as many as classes.
    """
    return decide_scores(predictions.y_score, threshold, predictions.positive_index)


def decide_scores(
    y_score: NDArray[np.floating], threshold: Threshold, positive: int | None
) -> NDArray[np.int64]:
    """Return the class called for each row of probabilities, shape (n, k); as `decide`.

    `positive` is the index of the positive class of two, None with more.
    """
    each = np.atleast_1d(np.asarray(threshold, dtype=np.float64))
    _check(each, y_score.shape[1])
    if positive is None:
        scaled = y_score / np.maximum(each, np.finfo(np.float32).tiny)
        called: NDArray[np.int64] = scaled.argmax(axis=1)
        return called
    is_called: NDArray[np.bool_] = y_score[:, positive] >= each[0]
    return np.where(is_called, positive, 1 - positive).astype(np.int64)


def threshold_text(threshold: float) -> str:
    """Return a threshold with two decimals, or with four digits where two decimals show another one."""
    text = f"{threshold:.2f}"
    return text if abs(float(text) - threshold) < _SAME else f"{threshold:.4g}"


def _check(thresholds: NDArray[np.float64], n_classes: int) -> None:
    for value in thresholds:
        if not 0 <= value <= 1:
            text = N_("The threshold is a probability: {value} is not between 0 and 1.")
            raise InvalidValueError(text, value=float(value))
    if len(thresholds) not in (1, n_classes) or (n_classes == 2 and len(thresholds) != 1):
        text = N_("There are {n} classes, and so one threshold or, with more than two, one for each.")
        raise InvalidValueError(text, n=n_classes)
