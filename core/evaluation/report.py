"""From predictions to an evaluation."""

from core.evaluation.decisions import Threshold
from core.evaluation.judging import Judge
from core.evaluation.records import Evaluation
from core.runs.predictions import Predictions

__all__ = ["Judge", "evaluate"]


def evaluate(
    predictions: Predictions, *, threshold: Threshold = 0.5, level: float = 0.95, seed: int = 0
) -> Evaluation:
    """Judge predictions: each metric with its interval, its n and how it was found.

    Parameters
    ----------
    predictions
        Of one split. Images whose scores are no numbers are left out, and counted in the notes.
    threshold
        As in `decide`.
    level
        Of the intervals.
    seed
        Of the bootstrap: the same seed, the same interval.

    Returns
    -------
    Evaluation
        What is not defined, as a sensitivity without positive images, is None with its reason.

    Raises
    ------
    InvalidValueError
        If `threshold` or `level` is not between 0 and 1.
    """
    return Judge(predictions, level=level, seed=seed).at(threshold)
