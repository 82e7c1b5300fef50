"""How far readers agree beyond what chance alone would do: Cohen's kappa for two, Fleiss' for several.

Covers: answers that are names of classes, each case read by all readers. Does not cover: ratings in steps of
which some are nearer to each other (a weighted kappa); cases that some readers left out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.intervals import NO_INTERVAL, Interval, percentile_interval, resamples
from core.statistics.metrics import ratio

N_RESAMPLES: Final = 2000
_Counts = NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True)
class Agreement:
    """A kappa, from below 0 (less than chance) over 0 (chance) to 1 (always), with its interval; or NaN.

    There is no interval where all cases were answered alike: drawing them again finds no difference either.
    """

    value: float
    interval: Interval = NO_INTERVAL


def cohen_kappa(table: _Counts) -> NDArray[np.float64]:
    """Return Cohen's kappa (1960, doi:10.1177/001316446002000104).

    Parameters
    ----------
    table
        ndarray of shape (..., k, k): how often one reader said the row and the other the column.

    Returns
    -------
    ndarray of shape (...), float64; NaN where both gave all cases the same one class.
    """
    n = table.sum((-2, -1))
    observed = ratio(np.trace(table, axis1=-2, axis2=-1), n)
    expected = ratio((table.sum(-1) * table.sum(-2)).sum(-1), n * n)
    return ratio(observed - expected, 1 - expected)


def fleiss_kappa(counts: _Counts, weights: _Counts | None = None) -> NDArray[np.float64]:
    """Return Fleiss' kappa for any number of readers (1971, doi:10.1037/h0031619).

    Parameters
    ----------
    counts
        ndarray of shape (n, k): how many readers gave case i the class j; the same number for each case.
    weights
        ndarray of shape (..., n): how often each case counts; None counts each once.

    Returns
    -------
    ndarray of shape (...), float64; NaN where all readers gave all cases the same class.
    """
    w = np.ones(len(counts)) if weights is None else weights
    n_readers = counts.sum(axis=1).max(initial=0)
    same = (counts * (counts - 1)).sum(axis=1)  # ordered pairs of readers who agree on a case
    observed = ratio(w @ same, w.sum(-1) * n_readers * (n_readers - 1))
    given = w @ counts  # (..., k)
    shares = ratio(given, np.broadcast_to(given.sum(-1)[..., np.newaxis], given.shape))
    expected = (shares**2).sum(-1)
    kappa: NDArray[np.float64] = ratio(observed - expected, 1 - expected)
    return kappa


def pair_agreement(
    one: NDArray[np.integer], other: NDArray[np.integer], n_classes: int, *, level: float, seed: int
) -> Agreement:
    """Return Cohen's kappa of two readers with its bootstrap interval.

    Parameters
    ----------
    one, other
        ndarrays of shape (n,): the class that each gave to each case, one case a patient.
    level, seed
        Of the interval, and of the draws.
    """
    return _agreement([_pair_cells(one, other, n_classes)], n_classes, level=level, seed=seed)


def mean_pair_agreement(
    answers: NDArray[np.integer], n_classes: int, *, level: float, seed: int
) -> Agreement:
    """Return the mean of Cohen's kappa over all pairs of readers; `answers` has shape (n_readers, n)."""
    n = len(answers)
    pairs = [_pair_cells(answers[i], answers[j], n_classes) for i in range(n) for j in range(i + 1, n)]
    return _agreement(pairs, n_classes, level=level, seed=seed)


def group_agreement(answers: NDArray[np.integer], n_classes: int, *, level: float, seed: int) -> Agreement:
    """Return Fleiss' kappa with its bootstrap interval; `answers` has shape (n_readers, n)."""
    counts = (answers[..., np.newaxis] == np.arange(n_classes)).sum(axis=0)  # (n, k)
    value = float(fleiss_kappa(counts))
    if (counts.max(axis=1, initial=0) == len(answers)).all():
        return Agreement(value)
    draws = resamples(len(counts), N_RESAMPLES, np.random.default_rng(seed))
    drawn = np.concatenate([fleiss_kappa(counts, block) for block in draws])
    return Agreement(value, percentile_interval(drawn, level))


def _pair_cells(one: NDArray[np.integer], other: NDArray[np.integer], n_classes: int) -> NDArray[np.float64]:
    """Return which cell of the table each case falls into, ndarray of shape (n, k * k) of 0 and 1."""
    cells = one.astype(np.int64) * n_classes + other
    is_cell: NDArray[np.bool_] = cells[:, np.newaxis] == np.arange(n_classes**2)
    return is_cell.astype(np.float64)


def _agreement(pairs: list[NDArray[np.float64]], n_classes: int, *, level: float, seed: int) -> Agreement:
    """Return the mean kappa of some pairs; each case is drawn for all pairs at once."""

    def mean(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        tables = ((weights @ cells).reshape(*weights.shape[:-1], n_classes, n_classes) for cells in pairs)
        return np.asarray(np.mean([cohen_kappa(table) for table in tables], axis=0))

    n = len(pairs[0])
    value = float(mean(np.ones(n)))
    diagonal = np.eye(n_classes).ravel()
    if all((cells @ diagonal).all() for cells in pairs):
        return Agreement(value)
    rng = np.random.default_rng(seed)
    draws = resamples(n, N_RESAMPLES, rng, width=n_classes**2)
    return Agreement(
        value, percentile_interval(np.concatenate([mean(block.astype(float)) for block in draws]), level)
    )
