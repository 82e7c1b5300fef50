"""From probabilities to a class: the threshold."""

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.language import N_
from core.runs.predictions import Predictions


def decide(predictions: Predictions, threshold: float = 0.5) -> NDArray[np.int64]:
    """Return the class called for each image.

    Parameters
    ----------
    predictions
        Of n images.
    threshold
        With two classes: the probability of the positive class from which on an image is called positive.
        With more the most probable class is called and the threshold is not used.

    Returns
    -------
    ndarray of shape (n,), int64: indices into `predictions.class_names`.

    Raises
    ------
    InvalidValueError
        If `threshold` is not between 0 and 1.
    """
    if not 0 <= threshold <= 1:
        text = N_("The threshold is a probability: {value} is not between 0 and 1.")
        raise InvalidValueError(text, value=threshold)
    positive = predictions.positive_index
    if positive is None:
        most_probable: NDArray[np.int64] = predictions.y_score.argmax(axis=1)
        return most_probable
    is_called: NDArray[np.bool_] = predictions.y_score[:, positive] >= threshold
    return np.where(is_called, positive, 1 - positive).astype(np.int64)
