"""Compare two ways to train: several trainings of each, asked about the same patients.

Two things make such a difference come out otherwise the next time: other patients, and another training
with another seed. The interval covers both, after Obuchowski and Rockette (1995,
doi:10.1080/03610919508813243) and Hillis (2007, doi:10.1002/sim.2532), with trainings as the readers:

    variance = covariance, over patients, of what different trainings find (paired bootstrap)
             + variance between the trainings of each arm / their number

The second is known from few trainings only, so the quantile is Student's, with the degrees of freedom of
Welch (1947, doi:10.1093/biomet/34.1-2.28) and Satterthwaite (1946, doi:10.2307/3002019). What one training
alone reads out of these patients is in the second part, and in none twice.

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


class Spread(BaseModel):
    """An interval at the level LEVEL: 95 %."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float
    high: float


class ArmAreas(BaseModel):
    """The AUROC of one arm, in [0, 1]: of each training, and the interval of their mean (None: none)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    areas: tuple[float, ...]
    interval: Spread | None

    @property
    def mean(self) -> float:
        """Mean over the trainings."""
        return sum(self.areas) / len(self.areas)


class Comparison(BaseModel):
    """What two arms differ by.

    Attributes
    ----------
    arm_a, arm_b
        What each arm reached.
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

    arm_a: ArmAreas
    arm_b: ArmAreas
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
    return _compared(_Arms(a, b, drawn, n_patients), n_images=len(y_true))


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


class _Arms:
    """The areas of two arms, of shapes (n_a,) and (n_b,), and the parts of the variance of what follows.

    Attributes
    ----------
    shared
        Of the difference, from the patients: what they do to all trainings of an arm alike.
    spread
        (2,): of each arm's mean, between its trainings.
    own
        (2,): the part of it that is each training's own reading of the patients; more of them shrink it too.
    """

    def __init__(
        self, a: NDArray[np.float64], b: NDArray[np.float64], drawn: NDArray[np.float64], n_patients: int
    ) -> None:
        self.a, self.b, self.n_patients = a, b, n_patients
        self.drawn = (drawn[:, : len(a)], drawn[:, len(a) :])
        self.difference = float(b.mean() - a.mean())
        self.spread = np.array([arm.var(ddof=1) / len(arm) for arm in (a, b)])
        self.own = np.array([_own_reading(arm) for arm in self.drawn]) if len(drawn) else np.zeros(2)
        of_mean = self.drawn[1].mean(axis=1) - self.drawn[0].mean(axis=1)
        self.shared = max(0.0, float(of_mean.var(ddof=1) - self.own.sum())) if len(drawn) else 0.0

    def reach(self) -> float | None:
        """Return half the width of the interval of the difference; None if there is none."""
        freedom = (len(self.a) - 1, len(self.b) - 1)
        return self._reach(np.array([self.shared, *self.spread]), freedom)

    def area(self, index: int) -> ArmAreas:
        """Return what arm 0 or 1 reached, with the interval of its mean."""
        values = (self.a, self.b)[index]
        own, drawn = self.own[index], self.drawn[index]
        shared = max(0.0, float(drawn.mean(axis=1).var(ddof=1) - own)) if len(drawn) else 0.0
        reach = self._reach(np.array([shared, self.spread[index]]), (len(values) - 1,))
        mean = float(values.mean())
        interval = None if reach is None else Spread(low=max(0.0, mean - reach), high=min(1.0, mean + reach))
        return ArmAreas(areas=tuple(values.tolist()), interval=interval)

    def _reach(self, parts: NDArray[np.float64], freedom: tuple[int, ...]) -> float | None:
        """Return Student's quantile times the error; `parts` begins with that of the patients."""
        total = float(parts.sum())
        if not len(self.drawn[0]) or not total > 0:
            return None
        weights = parts**2 / np.array([max(self.n_patients - 1, 1), *freedom])
        return float(np.sqrt(total) * t.ppf((1 + LEVEL) / 2, total**2 / weights.sum()))

    def patients_needed(self) -> int | None:
        """Return how many patients would do: they shrink their own part, and each training's own reading."""
        own = np.minimum(self.own, self.spread).sum()
        return self._needed(self.n_patients, self.shared + own, self.spread.sum() - own)

    def trainings_needed(self) -> int | None:
        """Return how many trainings of each arm would do."""
        return self._needed(min(len(self.a), len(self.b)), float(self.spread.sum()), self.shared)

    def _needed(self, n: int, shrinking: float, staying: float) -> int | None:
        """Return how many instead of `n` make the difference as large as 2.8 standard errors."""
        wanted = (self.difference / float(norm.ppf((1 + LEVEL) / 2) + norm.ppf(_POWER))) ** 2
        if not shrinking > 0 or wanted <= staying:
            return None
        times = shrinking / (wanted - staying)
        return int(np.ceil(n * times)) if times <= _FAR else None


def _compared(arms: _Arms, *, n_images: int) -> Comparison:
    reach = arms.reach()
    there = reach is not None
    low = None if reach is None else max(-1.0, arms.difference - reach)
    high = None if reach is None else min(1.0, arms.difference + reach)
    return Comparison(
        arm_a=arms.area(0),
        arm_b=arms.area(1),
        difference=arms.difference,
        low=low,
        high=high,
        verdict=_verdict(low, high),
        patient_error=float(np.sqrt(arms.shared)) if there else None,
        training_error=float(np.sqrt(arms.spread.sum())) if there else None,
        n_images=n_images,
        n_patients=arms.n_patients,
        patients_needed=arms.patients_needed() if there else None,
        trainings_needed=arms.trainings_needed() if there else None,
    )


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
