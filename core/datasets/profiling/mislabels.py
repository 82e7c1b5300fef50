"""Labels worth a second look: the picture looks like another class to a model that never saw it.

Confident learning (Northcutt, Jiang, Chuang 2021, doi:10.1613/jair.1.12125) in its simplest form: for each
class, how sure the model is on average of the images that bear its label. An image is a suspect if the model
is less sure of its own label than that, and surer of another class than that class's average. We ask one
thing more, that its own label has a probability below 0.2, for a model that tells the classes apart badly
would suspect a fifth of all.

Covers: what shows in a 32 px picture. Does not cover: small findings, and labels that are wrong in the same
way all over. It can miss, and it can accuse wrongly: a rare view of a class looks like a mistake.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.profiling.pixels import THUMBNAIL
from core.datasets.profiling.records import Mislabels, Suspect
from core.datasets.profiling.testing import Check, Trial, areas, out_of_fold

_LEAST_SURE: Final = 0.2  # the label's probability, below which it is doubted
_STRENGTH: Final = 0.02  # inverse of the penalty: a weak one makes the model too sure of itself
_MOST_SUSPECTS: Final = 100
_N_ANGLES: Final = 8
_CELL: Final = 4  # pixels a side
_BLOCK: Final = 1024  # pictures at a time
_N_OF_EDGES, _N_OF_SHADES = 60, 40  # components that are kept


def find_mislabels(
    trial: Trial, thumbnails: NDArray[np.uint8], sample_ids: NDArray[np.int64], check: Check
) -> Mislabels:
    """Return the images whose label a simple model doubts, the most doubtful first.

    Parameters
    ----------
    trial
        The m images to test.
    thumbnails
        ndarray of shape (m, 32, 32), uint8.
    sample_ids
        ndarray of shape (m,).
    check
        Called now and then; what it raises ends the test.
    """
    features = _features(thumbnails)
    probabilities = out_of_fold(trial, features, _classifier, check)
    area, each = areas(trial, probabilities)
    rows, other = doubted(trial.y_true, probabilities)
    suspects = tuple(
        Suspect(
            sample_id=int(sample_ids[row]),
            label=trial.class_names[trial.y_true[row]],
            looks_like=trial.class_names[other[row]],
            p_label=float(probabilities[row, trial.y_true[row]]),
            p_other=float(probabilities[row, other[row]]),
        )
        for row in rows[:_MOST_SUSPECTS]
    )
    return Mislabels(n_tested=len(trial.rows), area=area, areas=each, n_suspects=len(rows), suspects=suspects)


def doubted(
    y_true: NDArray[np.integer], probabilities: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows whose label is doubted, least sure first, and the likeliest other class of every row.

    Parameters
    ----------
    y_true
        ndarray of shape (m,): the labels.
    probabilities
        ndarray of shape (m, k), each by a model that did not see the image.
    """
    everyone = np.arange(len(y_true))
    own = probabilities[everyone, y_true]
    usual = np.array([own[y_true == code].mean() for code in range(probabilities.shape[1])])
    others = np.where(probabilities >= usual, probabilities, -1.0)
    others[everyone, y_true] = -1
    rows = np.flatnonzero((own < np.minimum(usual[y_true], _LEAST_SURE)) & (others.max(axis=1) > 0))
    return rows[np.argsort(own[rows], kind="stable")], others.argmax(axis=1)


def _classifier() -> object:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=_STRENGTH, max_iter=500)


def _features(thumbnails: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return what a picture looks like, ndarray of shape (m, at most 100): its shades and its edges."""
    shades = thumbnails.reshape(len(thumbnails), -1).astype(np.float32) / 255
    shades -= shades.mean(axis=1, keepdims=True)
    shades /= shades.std(axis=1, keepdims=True) + np.float32(1e-3)
    return np.hstack([_condensed(shades, _N_OF_SHADES), _condensed(edges(thumbnails), _N_OF_EDGES)])


def _condensed(values: NDArray[np.floating], n_most: int) -> NDArray[np.float64]:
    """Return the main components of the pictures, with a mean square of 1.

    Each is divided by the root of its spread: undivided the largest drown the rest, and divided by the
    spread itself noise weighs as much as they do.
    """
    from sklearn.decomposition import PCA

    found = PCA(min(n_most, len(values) - 1), svd_solver="covariance_eigh").fit_transform(values)
    evened = found.astype(np.float64) / np.sqrt(found.std(axis=0) + 1e-6)
    scaled: NDArray[np.float64] = evened / np.sqrt((evened**2).mean() + 1e-12)
    return scaled


def edges(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how strong the edges are in each of 8 directions in each of 8 x 8 cells.

    A histogram of oriented gradients (Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177) in short: an edge is
    shared out between its two nearest directions, each picture is normalised as a whole, and the root evens
    out strong and weak.

    Parameters
    ----------
    thumbnails
        ndarray of shape (m, 32, 32), uint8.

    Returns
    -------
    ndarray of shape (m, 512), float32.
    """
    blocks = [_edges(thumbnails[start : start + _BLOCK]) for start in range(0, len(thumbnails), _BLOCK)]
    return np.concatenate(blocks)


def _edges(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    n, n_cells = len(thumbnails), THUMBNAIL // _CELL
    down, right = np.gradient(thumbnails / np.float32(255), axis=(1, 2))
    strength = np.hypot(down, right)
    angle = np.mod(np.arctan2(down, right) * np.float32(_N_ANGLES / np.pi), _N_ANGLES)  # in [0, 8)
    sums = np.empty((n, n_cells, n_cells, _N_ANGLES), dtype=np.float32)
    for direction in range(_N_ANGLES):
        away = np.abs(angle - direction)
        shared = strength * np.maximum(1 - np.minimum(away, _N_ANGLES - away), 0)
        sums[..., direction] = shared.reshape(n, n_cells, _CELL, n_cells, _CELL).sum(axis=(2, 4))
    flat = sums.reshape(n, -1)
    rooted: NDArray[np.float32] = np.sqrt(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6))
    return rooted
