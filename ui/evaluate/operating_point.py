"""The operating point: the one threshold that moves every number and picture of the page."""

from ui import verdict
from ui.evaluate.judged import Judged, Threshold, predictions


def operating_point(case: Judged) -> Threshold:
    """Let the visitor choose from which probability on a class is called; return it, or one a class."""
    return verdict.threshold_slider(predictions(case).positive_class)
