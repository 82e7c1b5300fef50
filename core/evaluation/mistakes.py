"""The images that a network calls wrong, the surest first: the ones worth looking at."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.decisions import Threshold, decide
from core.runs.predictions import Predictions


@dataclass(frozen=True)
class Mistake:
    """One image that was called wrong.

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


def list_mistakes(predictions: Predictions, threshold: Threshold = 0.5) -> list[Mistake]:
    """Return every image that is called wrong, those first that are furthest on the wrong side.

    Parameters
    ----------
    predictions
        Of one split.
    threshold
        As in `decide`.

    Returns
    -------
    list of Mistake
        With two classes by the distance from the threshold, a miss and a false alarm alike; with more by the
        probability of the class that was called.
    """
    called = decide(predictions, threshold)
    wrong = np.flatnonzero(called != predictions.y_true)
    positive = predictions.positive_index
    if positive is None:
        scores = predictions.y_score[wrong, called[wrong]]
        distance = scores
    else:
        scores = predictions.y_score[wrong, positive]
        distance = np.abs(scores - np.asarray(threshold))
    names = predictions.class_names
    return [
        Mistake(
            int(predictions.sample_ids[wrong[place]]),
            names[predictions.y_true[wrong[place]]],
            names[called[wrong[place]]],
            float(scores[place]),
        )
        for place in np.argsort(-distance, kind="stable")
    ]


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
