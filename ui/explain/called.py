"""What an image is called at the operating point, as one sentence."""

import numpy as np

from core.evaluation.decisions import Threshold, decide_scores, threshold_text
from core.language import _
from ui.explain.case import Case
from ui.operating import EVEN, threshold_of


def called_class(case: Case) -> str:
    """Return the class that the image is called at the operating point: somebody else's text."""
    positive, names = case.network.card.positive_class, list(case.probabilities)
    index = None if positive is None else names.index(positive)
    scores = np.array([list(case.probabilities.values())])
    return names[int(decide_scores(scores, _threshold(case), index)[0])]


def called(case: Case) -> str:
    """Say what the image is called at the operating point that was set on Evaluate."""
    threshold, name = _threshold(case), called_class(case)
    if isinstance(threshold, tuple):
        return _("With the thresholds that were set on Evaluate it is called '{name}'.", name=name)
    if case.network.card.positive_class is None:
        return _("The most probable class is '{name}'.", name=name)
    return _("At the threshold {value} it is called '{name}'.", value=threshold_text(threshold), name=name)


def _threshold(case: Case) -> Threshold:
    return EVEN if case.network.run is None else threshold_of(case.network.run)
