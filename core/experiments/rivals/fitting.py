"""Train a rival: choose its settings by patient on the training images alone, and ask it.

Settings are chosen by a cross-validation in which all images of a patient lie in the same part, by the AUROC
(of each class against the rest, their mean). The judged images choose nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedGroupKFold

from core.experiments.rivals.builders import Choice
from core.language import N_, Message
from core.statistics.roc import auroc

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]
N_FOLDS: Final = 3
_AS_IT_IS: Final = Message(text=N_("Its scores are its own probabilities."))
_VOTES: Final = Message(text=N_("Its score is the share of the neighbours that are of the class."))
_CALIBRATED: Final = Message(
    text=N_(
        "It has no probabilities of its own: its distances from the border were turned into them by Platt's"
        " curve, fitted by cross-validation on the training images."
    )
)
_SQUASHED: Final = Message(
    text=N_(
        "It has no probabilities of its own, and there are too few patients to fit them: its distances from"
        " the border are only squeezed between 0 and 1."
    )
)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained rival: the classifier, what was chosen for it, and how its scores came about."""

    model: Any
    settings: dict[str, float]
    scores: Message

    def ask(self, seen: NDArray[np.floating], n_classes: int) -> NDArray[np.float64]:
        """Return the scores of what is seen (n, d), as (n, n_classes); a class never trained on has 0."""
        found = scores_of(self.model, seen)
        whole = np.zeros((len(seen), n_classes))
        whole[:, self.model.classes_] = found
        return whole


def make_folds(labels: NDArray[np.int64], groups: NDArray[np.int64], *, seed: int) -> list[Fold]:
    """Return the parts of an inner cross-validation by patient; none where a class has too few patients."""
    least = min(len(np.unique(groups[labels == one])) for one in np.unique(labels))
    n_folds = min(N_FOLDS, least)
    if n_folds < 2 or len(np.unique(labels)) < 2:
        return []
    cutter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    folds = list(cutter.split(labels, labels, groups))
    n_classes = len(np.unique(labels))
    complete = all(len(np.unique(labels[kept])) == n_classes and len(asked) for kept, asked in folds)
    return folds if complete else []


def fit(
    choices: Sequence[Choice],
    seen: NDArray[np.floating],
    labels: NDArray[np.int64],
    folds: Sequence[Fold],
    check_stop: Callable[[], None],
) -> Fitted:
    """Train the best of several choices on all training images.

    Parameters
    ----------
    choices
        The simplest first: of equal ones the first is taken, and without folds the one in the middle.
    seen, labels
        What is seen of each training image, (n, d), and its class, (n,).
    folds
        From `make_folds`.
    check_stop
        Called between trainings; what it raises ends the work.
    """
    best = choices[len(choices) // 2]
    if folds and len(choices) > 1:
        reached = [_cross_validated(one.model, seen, labels, folds, check_stop) for one in choices]
        best = choices[int(np.argmax(reached))]
    model, scores = clone(best.model), _AS_IT_IS
    if "n_neighbors" in best.settings:
        scores = _VOTES
    if not hasattr(model, "predict_proba"):
        scores = _SQUASHED
        if folds:
            model = CalibratedClassifierCV(model, method="sigmoid", cv=list(folds), ensemble=False)
            scores = _CALIBRATED
    return Fitted(model.fit(seen, labels), best.settings if len(choices) > 1 else {}, scores)


def scores_of(model: Any, seen: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the scores of a trained classifier, (n, n_classes it knows), rows adding up to 1."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(seen), dtype=np.float64)
    distances = np.asarray(model.decision_function(seen), dtype=np.float64)
    if distances.ndim == 1:
        positive = expit(distances)
        return np.stack([1 - positive, positive], axis=1)
    return np.asarray(softmax(distances, axis=1))


def area(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """Return the AUROC of (n,) labels and (n, k) scores: the mean of each class against the rest.

    Classes that have no image, or all of them, are left out; NaN if none is left.
    """
    there = [one for one in range(scores.shape[1]) if 0 < (labels == one).sum() < len(labels)]
    areas = [float(auroc(labels == one, scores[:, one])) for one in there]
    return float(np.mean(areas)) if areas else float("nan")


def _cross_validated(
    model: Any,
    seen: NDArray[np.floating],
    labels: NDArray[np.int64],
    folds: Sequence[Fold],
    check_stop: Callable[[], None],
) -> float:
    """Return the mean AUROC over the folds; -1 where none is defined."""
    reached = []
    for kept, asked in folds:
        check_stop()
        trained = clone(model).fit(seen[kept], labels[kept])
        places = np.searchsorted(trained.classes_, labels[asked])
        reached.append(area(places, scores_of(trained, seen[asked])))
    known = [value for value in reached if np.isfinite(value)]
    return round(float(np.mean(known)), 6) if known else -1.0
