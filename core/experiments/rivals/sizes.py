"""How many numbers a rival or a network has to remember."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from core.runs.store import Run

# Of a tree each node counts as two numbers: a feature and its threshold, or a share.
_COUNTS: Final[dict[type, Callable[[Any, int], int]]] = {
    KNeighborsClassifier: lambda model, n_seen: model.n_samples_fit_ * n_seen,
    LogisticRegression: lambda model, n_seen: model.coef_.size + model.intercept_.size,
    SVC: lambda model, n_seen: model.support_vectors_.size + model.dual_coef_.size + model.intercept_.size,
    DecisionTreeClassifier: lambda model, n_seen: 2 * model.tree_.node_count,
    HistGradientBoostingClassifier: lambda model, n_seen: sum(
        2 * len(tree.nodes) for trees in model._predictors for tree in trees
    ),
    DummyClassifier: lambda model, n_seen: len(model.class_prior_),
}


def n_remembered(model: Any, n_seen: int) -> int:
    """Return how many numbers a trained classifier needs to answer; neighbours keep every training image.

    Parameters
    ----------
    model
        One of the rivals, trained, alone or behind a scaler.
    n_seen
        How many numbers it sees of an image.
    """
    if isinstance(model, CalibratedClassifierCV):
        inner = [one.estimator for one in model.calibrated_classifiers_]
        return sum(n_remembered(one, n_seen) for one in inner)
    last = model[-1] if hasattr(model, "steps") else model
    count = next((count for kind, count in _COUNTS.items() if isinstance(last, kind)), None)
    return n_seen if count is None else int(count(last, n_seen))


def n_weights(run: Run) -> int | None:
    """Return how many numbers a run's best weights hold, running means included; None if nobody can tell."""
    try:
        with safe_open(run.folder / "best.safetensors", framework="numpy") as weights:
            return sum(int(np.prod(weights.get_slice(name).get_shape())) for name in weights.keys())
    except (OSError, SafetensorError):
        return None
