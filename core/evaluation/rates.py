"""Sensitivity and false alarms at many thresholds at once, and in a thousand resamples of the patients.

An image is sorted once into the gap between two thresholds where its score lies; how many are called at each
threshold is then a running sum. So a thousand resamples cost little more than one, and whatever a slider
asks for afterwards is looked up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from core.evaluation.patients import number_patients
from core.runs.predictions import Predictions
from core.statistics.intervals import resamples
from core.statistics.metrics import ratio

GRID: Final[NDArray[np.float64]] = np.round(np.linspace(0, 1, 101), 2)
N_RESAMPLES: Final = 1000
FEWEST_PATIENTS: Final = 10  # on either side; fewer, drawn again, resemble each other and seem certain


@dataclass(frozen=True, eq=False)
class Rates:
    """How many are called at each threshold; row 0 is what was seen, the others are resamples of patients.

    Attributes
    ----------
    thresholds
        ndarray of shape (t,), rising: an image is called from this probability on.
    called_sick, called_healthy
        ndarrays of shape (1 + b, t): images with the class, and without it, that are called.
    n_sick, n_healthy
        ndarrays of shape (1 + b,).
    n_patients
        How many patients they are of.
    fewest_patients
        Patients of the sick images or of the healthy ones, whichever are fewer.
    """

    thresholds: NDArray[np.float64]
    called_sick: NDArray[np.float64]
    called_healthy: NDArray[np.float64]
    n_sick: NDArray[np.float64]
    n_healthy: NDArray[np.float64]
    n_patients: int
    fewest_patients: int

    @property
    def can_be_sure(self) -> bool:
        """Whether both sides have patients enough for their resamples to tell how sure a number is."""
        return self.fewest_patients >= FEWEST_PATIENTS

    @property
    def sensitivity(self) -> NDArray[np.float64]:
        """Share of the sick that are called, shape (1 + b, t); NaN where nobody is sick."""
        return ratio(self.called_sick, np.broadcast_to(self.n_sick[:, np.newaxis], self.called_sick.shape))

    @property
    def false_alarms(self) -> NDArray[np.float64]:
        """Share of the healthy that are called (1 - specificity), shape (1 + b, t); NaN without any."""
        totals = np.broadcast_to(self.n_healthy[:, np.newaxis], self.called_healthy.shape)
        return ratio(self.called_healthy, totals)

    @property
    def prevalence(self) -> NDArray[np.float64]:
        """Share of the images that are of the class, shape (1 + b,)."""
        return ratio(self.n_sick, self.n_sick + self.n_healthy)


def rates_of(
    predictions: Predictions,
    thresholds: NDArray[np.float64] = GRID,
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Rates:
    """Count who is called at each threshold, and again in resamples of whole patients.

    Parameters
    ----------
    predictions
        Of two classes (see `against_rest`).
    thresholds
        ndarray of shape (t,), rising.
    n_resamples
        How often as many patients are drawn, with replacement.
    seed
        Of the draws.
    """
    positive = predictions.positive_index
    if positive is None:
        raise ValueError("rates are of one class against the rest")
    score = predictions.y_score[:, positive].astype(np.float64)
    places = np.searchsorted(thresholds, score, side="right")  # how many thresholds call the image
    patients = number_patients(predictions)
    n_patients = int(patients.max()) + 1 if len(patients) else 0
    masks = (predictions.y_true == positive, predictions.y_true != positive)
    shape = (n_patients, len(thresholds) + 1)
    sides = [_histogram(patients[side], places[side], shape) for side in masks]
    draws: Iterable[NDArray[np.int64]] = ()
    if n_patients:
        draws = resamples(n_patients, n_resamples, np.random.default_rng(seed), width=len(score))
    seen = np.ones((1, n_patients), dtype=np.int64)
    drawn = [[_drawn(side, counts) for side in sides] for counts in chain([seen], draws)]
    sick, healthy = (np.concatenate(blocks) for blocks in zip(*drawn, strict=True))
    return Rates(
        np.asarray(thresholds, dtype=np.float64),
        _called(sick),
        _called(healthy),
        sick.sum(axis=1),
        healthy.sum(axis=1),
        n_patients,
        min(len(np.unique(patients[side])) for side in masks),
    )


def _histogram(patients: NDArray[np.intp], places: NDArray[np.intp], shape: tuple[int, int]) -> coo_array:
    """Return how many images of each patient lie in each gap between thresholds: (patients, t + 1)."""
    return coo_array((np.ones(len(patients)), (patients, places)), shape=shape).tocsr()


def _drawn(histogram: coo_array, counts: NDArray[np.generic]) -> NDArray[np.float64]:
    """Add patients up, counted so often: (patients, t + 1) and (b, patients) -> (b, t + 1)."""
    total: NDArray[np.float64] = np.asarray(histogram.T @ counts.T.astype(np.float64)).T
    return total


def _called(histogram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn counts by gap, (b, t + 1), into how many are called at each threshold: (b, t)."""
    called: NDArray[np.float64] = np.cumsum(histogram[:, ::-1], axis=1)[:, ::-1][:, 1:]
    return called
