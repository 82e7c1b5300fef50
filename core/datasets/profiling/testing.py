"""Judge a small model by images that it never saw: patients kept together, areas with intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.profiling.groups import kept_together
from core.datasets.profiling.records import Area
from core.datasets.records import UNLABELLED
from core.language import N_, Message
from core.statistics.intervals import Interval, delong, newcombe, percentile_interval, resamples
from core.statistics.roc import auroc

LEVEL: Final = 0.95
MOST_TESTED: Final = 10_000  # images: more would make the intervals narrower than anybody needs
_FEWEST: Final = 10  # images of a class, of two patients a fold at the least
_N_FOLDS: Final = 5
_N_RESAMPLES: Final = 400

Check = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Trial:
    """The images that models are tested on, and how.

    Attributes
    ----------
    rows
        ndarray of shape (m,): rows of the sample table.
    y_true
        ndarray of shape (m,): their classes, indices into `class_names`.
    group_of
        ndarray of shape (m,): images of one patient, and copies of a picture, share a number, from 0.
    class_names
        The classes with enough images, two or more.
    positive
        Index of the class that an AUROC of two speaks of; None with more than two.
    n_patients
        How many there are, each image of nobody known counted as one; None where nobody is known.
    n_folds
        How often the images are divided into those seen and those asked.
    """

    rows: NDArray[np.int64]
    y_true: NDArray[np.int64]
    group_of: NDArray[np.int64]
    class_names: tuple[str, ...]
    positive: int | None
    n_patients: int | None
    n_folds: int


def prepare_trial(
    samples: pd.DataFrame, class_names: tuple[str, ...], near: NDArray[np.integer], *, positive: str | None
) -> Trial | Message:
    """Return the images to test on, at most MOST_TESTED, or why there are too few.

    Classes of fewer than ten images, or of fewer than two patients, are left out, and what has no label.
    """
    groups = kept_together(samples, near)
    labels = samples["label"].to_numpy(object)
    enough = tuple(
        name for name in class_names if name != UNLABELLED and _n_folds(labels == name, groups) > 1
    )
    if len(enough) < 2:
        text = N_("Too few images to test: at least two classes need {n} images of several patients each.")
        return Message(text=text, values={"n": _FEWEST})
    rows = _drawn(np.flatnonzero(np.isin(labels, enough)), groups)
    y_true = np.array([enough.index(name) for name in labels[rows]])
    of_two = len(enough) == 2
    index = enough.index(positive) if positive in enough else len(enough) - 1
    n_folds = min(_n_folds(y_true == code, groups[rows]) for code in range(len(enough)))
    group_of = np.unique(groups[rows], return_inverse=True)[1]
    return Trial(
        rows=rows,
        y_true=y_true,
        group_of=group_of,
        class_names=enough,
        positive=index if of_two else None,
        n_patients=_n_patients(samples["patient_id"].iloc[rows]),
        n_folds=max(2, n_folds),
    )


def out_of_fold(
    trial: Trial, features: NDArray[np.floating], model: Callable[[], Any], check: Check
) -> NDArray[np.float64]:
    """Return the class probabilities of each image by a model that saw neither it, its patient nor its twin.

    Parameters
    ----------
    trial
        Of m images, of k classes.
    features
        ndarray of shape (m, f).
    model
        Makes a scikit-learn classifier.
    check
        Called before each fold; what it raises ends the test.

    Returns
    -------
    ndarray of shape (m, k), float64 in [0, 1].
    """
    from sklearn.model_selection import StratifiedGroupKFold

    probabilities = np.zeros((len(trial.y_true), len(trial.class_names)))
    folds = StratifiedGroupKFold(trial.n_folds, shuffle=True, random_state=0)
    for seen, asked in folds.split(features, trial.y_true, trial.group_of):
        check()
        fitted = model().fit(features[seen], trial.y_true[seen])
        # A class all of whose patients were asked is unknown to the model: its probability stays 0.
        probabilities[np.ix_(asked, fitted.classes_)] = fitted.predict_proba(features[asked])
    return probabilities


def areas(trial: Trial, probabilities: NDArray[np.float64]) -> tuple[Area, tuple[Area, ...]]:
    """Return the AUROC of the positive class of two; of more, the mean, and each class against the rest.

    Parameters
    ----------
    trial
        Of m images, of k classes.
    probabilities
        ndarray of shape (m, k).
    """
    codes = [trial.positive] if trial.positive is not None else list(range(len(trial.class_names)))
    drawn = _resampled(trial, probabilities, codes)  # (n_resamples, number of codes)
    each = tuple(
        _class_area(trial, code, probabilities[:, code], drawn[:, place]) for place, code in enumerate(codes)
    )
    if trial.positive is not None:
        return each[0], ()
    value = float(np.mean([area.value for area in each]))
    return _area(trial, None, value, _mean_interval(drawn, each)), each


def _n_patients(patients: "pd.Series[str]") -> int | None:
    known = patients.notna()
    return int(patients.nunique() + (~known).sum()) if known.any() else None


def _n_folds(is_class: NDArray[np.bool_], groups: NDArray[np.int64]) -> int:
    if is_class.sum() < _FEWEST:
        return 0
    return min(_N_FOLDS, len(np.unique(groups[is_class])))


def _drawn(rows: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return at most MOST_TESTED rows, whole groups of them, the same each time."""
    if len(rows) <= MOST_TESTED:
        return rows
    order = np.random.default_rng(0).permutation(groups.max() + 1)
    by_turn = rows[np.argsort(order[groups[rows]], kind="stable")]
    return np.sort(by_turn[:MOST_TESTED])


def _resampled(trial: Trial, probabilities: NDArray[np.float64], codes: list[int]) -> NDArray[np.float64]:
    n_groups = int(trial.group_of.max()) + 1
    draws = resamples(n_groups, _N_RESAMPLES, np.random.default_rng(0), width=len(trial.rows))
    blocks = []
    for counts in draws:
        weights = counts[:, trial.group_of]  # (b, n_groups) -> (b, m)
        blocks.append([auroc(trial.y_true == code, probabilities[:, code], weights) for code in codes])
    return np.concatenate([np.stack(block, axis=1) for block in blocks])


def _class_area(trial: Trial, code: int, score: NDArray[np.float64], drawn: NDArray[np.float64]) -> Area:
    is_class = trial.y_true == code
    value = float(auroc(is_class, score))
    independent = trial.group_of.max() + 1 == len(trial.rows)
    interval = delong(is_class, score, LEVEL) if independent else percentile_interval(drawn, LEVEL)
    if not _has_width(interval):
        sides = (len(np.unique(trial.group_of[side])) for side in (is_class, ~is_class))
        interval = newcombe(value, next(sides), next(sides), LEVEL)
    return _area(trial, code, value, interval)


def _mean_interval(drawn: NDArray[np.float64], each: tuple[Area, ...]) -> Interval:
    interval = percentile_interval(drawn.mean(axis=1), LEVEL)
    if _has_width(interval):
        return interval
    ends = np.array([(area.low, area.high) for area in each], dtype=np.float64)
    return Interval(*ends.mean(axis=0).tolist())


def _has_width(interval: Interval) -> bool:
    return interval.is_defined and interval.high > interval.low


def _area(trial: Trial, code: int | None, value: float, interval: Interval) -> Area:
    return Area(
        class_name=None if code is None else trial.class_names[code],
        value=value,
        low=interval.low if interval.is_defined else None,
        high=interval.high if interval.is_defined else None,
        n=len(trial.rows),
        n_patients=trial.n_patients,
    )
