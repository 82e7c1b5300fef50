"""What is known of the images that a network was trained on, and how far out another lies. No torch here.

Covers: how far an image's pixels and features lie from the training images, held against the validation
images. Does not cover: whether the image belongs. A kind that is not in the table of misses was never tried.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.evaluation.neighbours import Neighbour
from core.language import N_
from core.statistics.shares import Share

ScoreName = Literal["energy", "features", "picture"]


@dataclass(frozen=True)
class ScoreSpec:
    """A score: what it is called, what it looks at, and where it is from."""

    title: str
    summary: str
    source: str


SCORES: Final[dict[ScoreName, ScoreSpec]] = {
    "energy": ScoreSpec(
        N_("Energy of the answer"),
        N_("How little the network's answer, before it becomes probabilities, speaks for any class at all."),
        "Liu et al. 2020, arXiv:2010.03759",
    ),
    "features": ScoreSpec(
        N_("Distance of the features"),
        N_(
            "How far what the network makes of the image lies from the nearest class of training images"
            " (Mahalanobis distance, one covariance for all classes)."
        ),
        "Lee et al. 2018, arXiv:1807.03888; Ledoit and Wolf 2004",
    ),
    "picture": ScoreSpec(
        N_("Distance of the picture"),
        N_(
            "The same distance without the network: from a coarse picture of where it is bright, where it is"
            " rich in detail, and how often each grey occurs."
        ),
        "Lightbox",
    ),
}
FALSE_ALARMS: Final = 0.05  # share of the validation images that the thresholds let be flagged
LARGEST_BYTES: Final = 128 << 20  # of a reference on disk


@dataclass(frozen=True, eq=False)
class Gaussian:
    """Classes of numbers around their means, with one covariance for all of them.

    Each number is divided by its spread first. The covariance is V diag(variances) V^T, and `rest` in every
    direction that V leaves out (Tipping and Bishop 1999, probabilistic principal components).

    Attributes
    ----------
    scale
        ndarray of shape (d,), float32: the spread of each number.
    means
        ndarray of shape (k, d), float32, divided by `scale`.
    basis
        ndarray V of shape (d, r), float32: orthonormal columns.
    variances
        ndarray of shape (r,), float32.
    rest
        The variance in the other d - r directions.
    """

    scale: NDArray[np.float32]
    means: NDArray[np.float32]
    basis: NDArray[np.float32]
    variances: NDArray[np.float32]
    rest: float

    def distance(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the Mahalanobis distance to the nearest mean, (n, d) -> (n,); inf for what is no number."""
        scaled = values.astype(np.float64) / self.scale
        basis, variances = self.basis.astype(np.float64), self.variances.astype(np.float64)
        squares = []
        for mean in self.means.astype(np.float64):
            away = scaled - mean
            along = away @ basis  # (n, d) -> (n, r)
            aside = np.maximum((away**2).sum(axis=1) - (along**2).sum(axis=1), 0)
            squares.append((along**2 / variances).sum(axis=1) + self._beside(aside))
        nearest = np.min(squares, axis=0)
        return np.where(np.isfinite(nearest), np.sqrt(nearest), np.inf)

    def _beside(self, aside: NDArray[np.float64]) -> NDArray[np.float64] | float:
        return 0.0 if self.basis.shape[0] == self.basis.shape[1] else aside / self.rest


class Misses(BaseModel):
    """How many foreign images of a kind were flagged.

    Attributes
    ----------
    kind
        A key of core.explanation.novelty.kinds.KINDS.
    n, flagged
        Images that were tried, and those that any score flagged.
    by_score
        How many each score alone flagged, at its threshold.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    n: int
    flagged: int
    by_score: dict[str, int]

    @property
    def missed(self) -> int:
        """Those that passed as if they belonged."""
        return self.n - self.flagged


@dataclass(frozen=True, eq=False)
class Reference:
    """What the training and the validation images of a network look like to it.

    Attributes
    ----------
    origin
        Of which weights: another network's reference says nothing.
    features, picture
        What the distances are measured with.
    val_scores
        ndarray of shape (n_val, 3), float64: the scores of the validation images, in the order of SCORES.
    thresholds
        ndarray of shape (3,), float64: above it a score flags.
    sample_ids, bank
        Training images, ndarray of shape (n,), int64, and their features, (n, d), float16.
    false_alarms
        The share of validation images that thresholds flag which were set on the others.
    misses
        Measured on foreign images; empty where nobody has measured them.
    """

    origin: str
    features: Gaussian
    picture: Gaussian
    val_scores: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    sample_ids: NDArray[np.int64]
    bank: NDArray[np.float16]
    false_alarms: Share
    misses: tuple[Misses, ...] = ()

    @property
    def n_val(self) -> int:
        """Validation images that the thresholds were set on."""
        return len(self.val_scores)


@dataclass(frozen=True)
class Score:
    """How far out an image lies by one score.

    Attributes
    ----------
    value, threshold
        Larger is more foreign; flagged above the threshold.
    beyond
        The share of the validation images that lie less far out, of n_val.
    """

    name: ScoreName
    value: float
    threshold: float
    beyond: float
    n_val: int

    @property
    def is_out(self) -> bool:
        """Whether this score flags the image."""
        return self.value > self.threshold


@dataclass(frozen=True)
class Novelty:
    """How far out an image lies, and which training images are nearest to it.

    Attributes
    ----------
    scores
        One of each in SCORES, in that order.
    nearest
        By the angle between features, the nearest first; the label is left to whoever knows it.
    """

    scores: tuple[Score, ...]
    nearest: tuple[Neighbour, ...] = ()

    @property
    def is_flagged(self) -> bool:
        """Whether any score flags it."""
        return any(score.is_out for score in self.scores)

    @property
    def farthest(self) -> Score:
        """The score by which it lies farthest out, in units of the threshold's place among validation."""
        return max(self.scores, key=lambda score: (score.is_out, score.beyond))


def flag_of(novelty: Novelty) -> dict[str, Any]:
    """Return what the command line says: whether the image is flagged, and each score with its limit."""
    return {
        "flagged": novelty.is_flagged,
        "scores": {
            score.name: {
                "value": score.value if np.isfinite(score.value) else None,
                "flagged_above": score.threshold,
                "further_out_than": score.beyond,
                "n_val": score.n_val,
            }
            for score in novelty.scores
        },
    }
