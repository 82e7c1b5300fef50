"""What a network calls images at the operating point that was set on Evaluate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide_scores
from ui.explain.case import Case
from ui.operating import EVEN, threshold_of


def threshold_in(case: Case) -> Threshold:
    """Return the threshold, or those of several classes; a model that was brought has the even one."""
    run = case.network.run
    return EVEN if run is None else threshold_of(run)


def calling(case: Case) -> Callable[[NDArray[np.floating]], NDArray[np.int64]]:
    """Return what turns probabilities (n, k) into called classes (n,)."""
    threshold, positive = threshold_in(case), case.network.card.positive_class
    index = None if positive is None else case.network.card.class_names.index(positive)
    return lambda scores: decide_scores(scores, threshold, index)


def called_name(case: Case) -> str:
    """Return what the image is called: somebody else's text, to be escaped."""
    names = case.network.card.class_names
    scores = np.array([[case.probabilities[name] for name in names]])
    return names[int(calling(case)(scores)[0])]
