"""What a call means: of people who are called so, how many have it, at a prevalence. No torch here."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide
from core.evaluation.one_class import against_rest
from core.evaluation.ward import Sides, sides_of
from core.runs.predictions import Predictions


def sides_at(val: Predictions, threshold: Threshold, class_name: str) -> Sides:
    """Count how many images with a class, and without it, are called so at an operating point.

    Parameters
    ----------
    val
        Of the validation split: k classes.
    threshold
        As in `core.evaluation.decisions.decide`.
    class_name
        Whose call; with two classes the positive one or the other. `core.evaluation.ward.ppv` of what is
        returned says how often such a call is right.
    """
    usable = val.take(val.is_usable)
    called = decide(usable, threshold) == usable.class_names.index(class_name)
    score = called.astype(np.float32)
    alone = against_rest(usable, class_name)
    return sides_of(replace(alone, y_score=np.stack([1 - score, score], axis=1)), 0.5)


def at_temperature(probabilities: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Return the probabilities whose logits are divided by a temperature, (k,) -> (k,).

    Logits are the logarithms of the probabilities but for a constant, which the softmax takes out again.
    """
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities.astype(np.float64)) / temperature
    weights = np.exp(logits - logits.max())
    scaled: NDArray[np.float64] = weights / weights.sum()
    return scaled
