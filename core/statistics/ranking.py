"""AUROC and average precision for a thousand resamples at a time, exactly.

A resample changes how often an image counts, never where it stands. So the order is found once, and written
as two sparse matrices that turn the counts of the patients into what stands at and between the scores of the
positive images; sums along those are all that a resample costs. The counts are whole numbers, so that the
result is that of `roc.auroc` and `precision_recall.average_precision`, not near it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.statistics.metrics import Scores, ratio


@dataclass(frozen=True, eq=False)
class Ranking:
    """Where images stand, for G groups (patients) and the m different scores of the positive images.

    Attributes
    ----------
    gained
        Sparse, of shape (m, G): positive images of a group at each score.
    between
        Sparse, of shape (m + 1, G): negative images of a group from one score (not tied to it) to the next;
        the last row holds those that no positive image exceeds.
    tied
        Sparse, of shape (m, G): negative images at each score; None where there is none.
    """

    gained: Any
    between: Any
    tied: Any


@dataclass(frozen=True, eq=False)
class Ranked:
    """AUROC and average precision, ndarrays of shape (b,), float64; NaN where a side has no image."""

    auroc: NDArray[np.float64]
    average_precision: NDArray[np.float64]


def rank(
    is_positive: NDArray[np.bool_], score: Scores, groups: NDArray[np.intp], *, n_groups: int
) -> Ranking:
    """Find the order of images.

    Parameters
    ----------
    is_positive, score, groups
        ndarrays of shape (n,): the side, the score and the group (from 0) of each image.
    n_groups
        Number of groups.
    """
    levels, place = np.unique(score[is_positive], return_inverse=True)
    below = np.searchsorted(levels, score[~is_positive])  # the first level that is not smaller
    is_tied = np.append(levels, np.nan)[below] == score[~is_positive]
    of_negatives, m = groups[~is_positive], len(levels)
    return Ranking(
        _summed(place, groups[is_positive], (m, n_groups)),
        _summed(below + is_tied, of_negatives, (m + 1, n_groups)),
        _summed(below[is_tied], of_negatives[is_tied], (m, n_groups)) if is_tied.any() else None,
    )


def weigh(ranking: Ranking, counts: NDArray[np.float64]) -> Ranked:
    """Return both areas with groups counted `counts` (G, b) times.

    References
    ----------
    AUROC: Bamber 1975, doi:10.1016/0022-2496(75)90001-2. Average precision without interpolation: Davis and
    Goadrich 2006, doi:10.1145/1143844.1143874.
    """
    gained, below, n_negative = _stood(ranking, counts)
    found = np.cumsum(gained[::-1], axis=0)[::-1]  # positives from this score on
    n_positive = found[0] if len(found) else np.zeros(counts.shape[1])
    wins = _wins(ranking, counts, gained, below)
    called = np.maximum(found + n_negative - below, 1)  # 0 only where nothing is gained
    precision = np.divide(found, called, out=called)
    return Ranked(
        ratio(wins, n_positive * n_negative), ratio(np.einsum("mb,mb->b", gained, precision), n_positive)
    )


def weigh_auroc(ranking: Ranking, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the AUROC of `weigh` alone, of shape (b,), in two thirds of the time."""
    gained, below, n_negative = _stood(ranking, counts)
    return ratio(_wins(ranking, counts, gained, below), gained.sum(axis=0) * n_negative)


def _stood(
    ranking: Ranking, counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return positives at each score and negatives below it, (m, b) both, and all negatives, (b,)."""
    below = ranking.between @ counts  # (m + 1, b)
    np.cumsum(below, axis=0, out=below)
    return ranking.gained @ counts, below[:-1], below[-1]


def _wins(
    ranking: Ranking, counts: NDArray[np.float64], gained: NDArray[np.float64], below: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return in how many pairs the positive image stands above, ties half, (b,)."""
    wins: NDArray[np.float64] = np.einsum("mb,mb->b", gained, below)
    if ranking.tied is not None:
        wins += np.einsum("mb,mb->b", gained, ranking.tied @ counts) / 2
    return wins


def _summed(rows: NDArray[np.integer], groups: NDArray[np.intp], shape: tuple[int, int]) -> Any:
    return csr_array((np.ones(len(rows)), (rows, groups)), shape=shape)
