"""Many numbers of each case laid flat: the two directions along which the cases differ most.

The plane is that of the first two principal components. Two such maps of the same cases are turned towards
each other (a rotation or a mirror image, never a stretch), so that what moves from one to the next has moved.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FlatMap:
    """Where m cases lie.

    Attributes
    ----------
    places
        ndarray of shape (m, 2), float64: around their middle, in units of `spread`.
    spread
        Root mean square of the distances from the middle, in the units of the features.
    kept_share
        The part of the variance of the features that the plane shows, in [0, 1]; 0 where there is none.
    """

    places: Array
    spread: float
    kept_share: float


def flat_map(features: NDArray[np.floating]) -> FlatMap:
    """Project features, ndarray of shape (m, n_features), onto their first two principal components.

    Features that are no numbers, or the same for all cases, give a map with all cases in the middle.
    """
    wide = features.astype(np.float64)
    centred = wide - wide.mean(axis=0) if len(wide) else wide
    variance = float((centred**2).sum())
    if min(centred.shape) == 0 or not np.isfinite(variance) or variance == 0:
        return FlatMap(np.zeros((len(wide), 2)), 0.0, 0.0)
    scores = _two_scores(centred)  # (m, n_features) -> (m, 2)
    shown = float((scores**2).sum())
    spread = float(np.sqrt(shown / len(scores)))
    return FlatMap(scores / spread, spread, min(1.0, shown / variance))


def aligned(places: Array, before: NDArray[np.floating]) -> Array:
    """Turn a map so that it lies as near as it can to the one before (orthogonal Procrustes, without scale).

    Both are ndarrays of shape (m, 2), of the same cases (Schönemann 1966, doi:10.1007/BF02289451).
    """
    left, _, right = np.linalg.svd(places.T @ before.astype(np.float64))
    turned: Array = places @ (left @ right)
    return turned


def _two_scores(centred: Array) -> Array:
    """Return the scores on the two largest components; a second one that is not there is 0."""
    m, n_features = centred.shape
    is_tall = n_features <= m
    product = centred.T @ centred if is_tall else centred @ centred.T  # the smaller of both
    n = len(product)
    values, vectors = eigh(product, subset_by_index=[max(0, n - 2), n - 1])
    vectors, values = vectors[:, ::-1], values[::-1]  # largest first
    scores = centred @ vectors if is_tall else vectors * np.sqrt(np.maximum(values, 0))
    found: Array = np.zeros((m, 2))
    found[:, : scores.shape[1]] = scores
    return found
