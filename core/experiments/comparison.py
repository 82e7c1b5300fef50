"""Compare two ways to train: several trainings of each, asked about the same patients.

Two things make such a difference come out otherwise the next time: other patients, and another training
with another seed. The interval covers both, after Obuchowski and Rockette (1995,
doi:10.1080/03610919508813243) and Hillis (2007, doi:10.1002/sim.2532), with trainings as the readers:

    variance = variance over patients of the difference between the arms' means (paired bootstrap)
             + what the trainings of each arm differ by, beyond what the patients explain, / trainings

The second is known from few trainings only, so the quantile is Student's, with the degrees of freedom of
Welch (1947, doi:10.1093/biomet/34.1-2.28) and Satterthwaite (1946, doi:10.2307/3002019).

Covers: which patients were asked about, and the luck of the training. Does not cover: which patients trained,
another hospital, longer training. docs/decisions/ has the simulations.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.stats import norm, t

from core.statistics.intervals import MIN_DEFINED, resamples
from core.statistics.roc import auroc, macro_auroc

Verdict = Literal["better", "worse", "cannot tell"]

LEVEL: Final = 0.95
_POWER: Final = 0.8
_N_RESAMPLES: Final = 2000
_SEED: Final = 0
_FAR: Final = 20  # so many times the patients, or trainings, are no advice any more


class Comparison(BaseModel):
    """What two arms differ by.

    Attributes
    ----------
    arm_a, arm_b
        The AUROC of each training, in [0, 1].
    difference
        Mean of arm B - mean of arm A.
    low, high
        Its 95 % interval, within [-1, 1]; None where there is none (a class is nearly absent, or no patient
        and no training makes any difference, as when everything is found).
    verdict
        Of arm B, seen from A: "better" or "worse" where the interval leaves out 0, else "cannot tell".
    patient_error, training_error
        The two parts of the standard error of the difference; None where there is no interval.
    n_images, n_patients
        That were asked about; an image of an unknown patient counts as a patient of its own.
    patients_needed, trainings_needed
        How many patients to ask about (with as many trainings), or how many trainings of each arm (with these
        patients), would tell a true difference of this size four times out of five; None where more of that
        alone would not do, or where the difference is so near 0 that the number means nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm_a: tuple[float, ...]
    arm_b: tuple[float, ...]
    difference: float
    low: float | None
    high: float | None
    verdict: Verdict
    patient_error: float | None
    training_error: float | None
    n_images: int
    n_patients: int
    patients_needed: int | None = None
    trainings_needed: int | None = None


def compare_arms(
    arm_a: NDArray[np.floating],
    arm_b: NDArray[np.floating],
    *,
    y_true: NDArray[np.integer],
    groups: NDArray[np.integer],
) -> Comparison:
    """Compare two arms by the AUROC (macro one-vs-rest with more than two classes).

    Parameters
    ----------
    arm_a, arm_b
        y_score of each training: ndarrays of shape (n_trainings, n, n_classes), in [0, 1]; at least two
        trainings of each. With two classes both columns give the same area.
    y_true
        ndarray of shape (n,): the true classes of the same n images, in the same order.
    groups
        ndarray of shape (n,): the number of each image's patient; see `patient_groups`.

    Raises
    ------
    ValueError
        An arm has one training only: its luck cannot be told from its merit.
    """
    if min(len(arm_a), len(arm_b)) < 2:
        raise ValueError("each arm needs at least two trainings")
    a, b = areas(arm_a, y_true), areas(arm_b, y_true)
    patient_of = np.unique(groups, return_inverse=True)[1]
    n_patients = int(patient_of.max()) + 1
    drawn = _resampled(np.concatenate([arm_a, arm_b]), y_true, patient_of)
    found = _Found(a, b, n_patients)
    return found.comparison(drawn, n_images=len(y_true))


def areas(scores: NDArray[np.floating], y_true: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the AUROC of each training: (n_trainings, n, n_classes) -> (n_trainings,)."""
    return np.array([float(_area(score, y_true, None)) for score in scores])


def patient_groups(patients: NDArray[np.object_] | None, n: int) -> NDArray[np.int64]:
    """Number the patients of n images from 0; one whose patient is not known (None, NaN) is of its own."""
    if patients is None:
        return np.arange(n)
    names = [f"p{one}" if isinstance(one, str) else f"image {row}" for row, one in enumerate(patients)]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _area(
    score: NDArray[np.floating], y_true: NDArray[np.integer], weights: NDArray[np.generic] | None
) -> NDArray[np.float64]:
    if score.shape[1] == 2:
        return auroc(y_true == 1, score[:, 1], weights)
    return macro_auroc(y_true, score, weights)


def _resampled(
    scores: NDArray[np.floating], y_true: NDArray[np.integer], patient_of: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Draw patients with replacement, the same for all trainings: (n_resamples, n_trainings) areas.

    Draws in which a class has no image are left out; with too many of them nothing is left.
    """
    n_patients, n = int(patient_of.max()) + 1, len(y_true)
    blocks = []
    for counts in resamples(n_patients, _N_RESAMPLES, np.random.default_rng(_SEED), width=n):
        weights = counts[:, patient_of]  # (b, n_patients) -> (b, n)
        blocks.append(np.stack([_area(score, y_true, weights) for score in scores], axis=1))
    drawn = np.concatenate(blocks)
    defined = drawn[np.isfinite(drawn).all(axis=1)]
    return defined if len(defined) >= MIN_DEFINED * len(drawn) else drawn[:0]


class _Found:
    """The areas of two arms, and what follows from them."""

    def __init__(self, a: NDArray[np.float64], b: NDArray[np.float64], n_patients: int) -> None:
        self.a, self.b, self.n_patients = a, b, n_patients
        self.difference = float(b.mean() - a.mean())

    def comparison(self, drawn: NDArray[np.float64], *, n_images: int) -> Comparison:
        patients, trainings = self._variances(drawn) if len(drawn) else (0.0, np.zeros(2))
        error = float(np.sqrt(patients + trainings.sum()))
        low, high = None, None
        if error > 0:
            reach = error * float(t.ppf((1 + LEVEL) / 2, self._degrees_of_freedom(patients, trainings)))
            low, high = max(-1.0, self.difference - reach), min(1.0, self.difference + reach)
        return Comparison(
            arm_a=tuple(self.a.tolist()),
            arm_b=tuple(self.b.tolist()),
            difference=self.difference,
            low=low,
            high=high,
            verdict=_verdict(low, high),
            patient_error=float(np.sqrt(patients)) if error > 0 else None,
            training_error=float(np.sqrt(trainings.sum())) if error > 0 else None,
            n_images=n_images,
            n_patients=self.n_patients,
            patients_needed=self._needed(self.n_patients, patients, float(trainings.sum())),
            trainings_needed=self._needed(min(len(self.a), len(self.b)), float(trainings.sum()), patients),
        )

    def _variances(self, drawn: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the variance that comes from the patients, and from the trainings of each arm (2,)."""
        n_a = len(self.a)
        difference = drawn[:, n_a:].mean(axis=1) - drawn[:, :n_a].mean(axis=1)
        own = [_own_reading(arm) for arm in (drawn[:, :n_a], drawn[:, n_a:])]
        spread = [arm.var(ddof=1) / len(arm) for arm in (self.a, self.b)]
        # A training reads some patients its own way; the bootstrap has counted that already.
        return float(difference.var(ddof=1)), np.maximum(0.0, np.array(spread) - own)

    def _degrees_of_freedom(self, patients: float, trainings: NDArray[np.float64]) -> float:
        parts = np.array([patients, *trainings])
        freedom = np.array([self.n_patients - 1, len(self.a) - 1, len(self.b) - 1])
        return float(parts.sum() ** 2 / (parts**2 / freedom).sum())

    def _needed(self, n: int, shrinking: float, staying: float) -> int | None:
        """Return how many instead of `n` make the difference as large as 2.8 standard errors."""
        wanted = (self.difference / float(norm.ppf((1 + LEVEL) / 2) + norm.ppf(_POWER))) ** 2
        if not shrinking > 0 or wanted <= staying:
            return None
        times = shrinking / (wanted - staying)
        return int(np.ceil(n * times)) if times <= _FAR else None


def _own_reading(drawn: NDArray[np.float64]) -> float:
    """Return the variance of an arm's mean that comes from each training's own reading of the patients.

    `drawn` has shape (n_resamples, n_trainings): the mean variance of one training, less what two share.
    """
    covariance = np.cov(drawn, rowvar=False)
    n = len(covariance)
    own, all_of_it = float(np.trace(covariance)) / n, float(covariance.sum())
    shared = (all_of_it - own * n) / (n * (n - 1))
    return max(0.0, own - shared) / n


def _verdict(low: float | None, high: float | None) -> Verdict:
    if low is None or high is None or low <= 0 <= high:
        return "cannot tell"
    return "better" if low > 0 else "worse"
