"""The images that a network calls wrong, the surest first: the ones worth looking at."""

import numpy as np

from core.evaluation.cells import Called, described, places_of
from core.evaluation.decisions import Threshold
from core.runs.predictions import Predictions


def list_mistakes(predictions: Predictions, threshold: Threshold = 0.5) -> list[Called]:
    """Return every image that is called wrong, those first that are furthest on the wrong side.

    Parameters
    ----------
    predictions
        Of one split.
    threshold
        As in `decide`.

    Returns
    -------
    list of Called
        By `core.evaluation.cells.confidence`: with two classes the distance from the threshold, a miss and a
        false alarm alike; with more the probability of the class that was called, for its threshold.
    """
    return described(predictions, places_of(predictions, threshold, kind="errors"), threshold)


def surest_hits(predictions: Predictions) -> list[int]:
    """Return the sample_ids of the positive images of two classes, those first that were found most surely.

    With more classes all images, by the probability of their true class; without a positive image all too.
    """
    positive = predictions.positive_index
    truth = predictions.y_true if positive is None else np.full_like(predictions.y_true, positive)
    of_truth = predictions.y_score[np.arange(predictions.n_samples), truth]
    chosen = np.flatnonzero(predictions.y_true == truth)
    if not len(chosen):
        chosen = np.arange(predictions.n_samples)
    order = np.argsort(-of_truth[chosen], kind="stable")
    return [int(sample_id) for sample_id in predictions.sample_ids[chosen[order]]]
