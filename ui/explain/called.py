"""What a network calls an image at the operating point that was set on Evaluate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.evaluation.decisions import Threshold, decide_scores, threshold_text
from core.language import _
from ui.explain.case import Case, Network
from ui.operating import EVEN, line_of, threshold_of


def threshold_in(network: Network) -> Threshold:
    """Return the threshold, or those of several classes; of a model that was brought, what its card says."""
    if network.run is not None:
        return threshold_of(network.run)
    point = network.card.operating_point
    return EVEN if point is None else point.threshold


def line_in(network: Network) -> float | None:
    """Return the threshold of the positive class of two, which a picture draws as a line; else None.

    None too for a model that came without one.
    """
    if network.run is not None:
        return line_of(network.run)
    point = network.card.operating_point
    return None if point is None else point.threshold


def calling(case: Case) -> Callable[[NDArray[np.floating]], NDArray[np.int64]]:
    """Return what turns probabilities (n, k) into called classes (n,)."""
    threshold, positive = threshold_in(case.network), case.network.card.positive_class
    index = None if positive is None else case.network.card.class_names.index(positive)
    return lambda scores: decide_scores(scores, threshold, index)


def called_class(case: Case) -> str:
    """Return what the image is called: somebody else's text, to be escaped."""
    names = case.network.card.class_names
    scores = np.array([[case.probabilities[name] for name in names]])
    return names[int(calling(case)(scores)[0])]


def called(case: Case) -> str:
    """Say what the image is called at the operating point that was set on Evaluate."""
    threshold, name = threshold_in(case.network), called_class(case)
    if isinstance(threshold, tuple):
        return _("With the thresholds that were set on Evaluate it is called '{name}'.", name=name)
    if case.network.card.positive_class is None:
        return _("The most probable class is '{name}'.", name=name)
    return _("At the threshold {value} it is called '{name}'.", value=threshold_text(threshold), name=name)
