"""Which images look alike to a network: the nearest by what its last layer gets.

Near means alike to this network, not to a reader: what it does not look at does not count.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InvalidValueError
from core.language import N_

Distance = Literal["cosine", "euclidean"]
DISTANCES: Final[dict[Distance, str]] = {
    "cosine": N_("angle (cosine distance)"),
    "euclidean": N_("straight line (Euclidean distance)"),
}

_MOST_AT_ONCE: Final = 2_000_000  # distances in memory


@dataclass(frozen=True)
class Neighbour:
    """A training image that is near to another image.

    Attributes
    ----------
    sample_id, label
        Which, and the class that the network was taught of it.
    distance
        As `nearest` measures it.
    same_patient, same_picture
        Whether it is of the patient of the other image, or pixel for pixel the same: the answer is partly
        remembered then.
    """

    sample_id: int
    label: str
    distance: float
    same_patient: bool = False
    same_picture: bool = False

    @property
    def is_leak(self) -> bool:
        """Whether the other image was as good as seen in training."""
        return self.same_patient or self.same_picture


def training_neighbours(
    feature: NDArray[np.floating],
    bank: NDArray[np.floating],
    rows: pd.DataFrame,
    *,
    of: "pd.Series[Any]",
    same_dataset: bool = True,
    k: int = 5,
    distance: Distance = "cosine",
) -> list[Neighbour]:
    """Return the training images that are nearest to an image, the nearest first; itself is none of them.

    Parameters
    ----------
    feature
        Of the image, ndarray of shape (d,).
    bank
        Of the training images, ndarray of shape (n, d).
    rows
        Their n rows: sample_id, label as it was learned, patient_id, file.
    of
        The row of the image: sample_id, patient_id, file.
    same_dataset
        Whether it is of the data set of the training images. Else its number and its patient's pseudonym may
        mean another one there, and only its pixels can be compared.
    k, distance
        As in `nearest`.
    """
    kept = np.ones(len(rows), dtype=np.bool_)
    if same_dataset:
        kept = rows["sample_id"].to_numpy() != of["sample_id"]
    rows, bank = rows[kept], bank[kept]
    places, distances = nearest(feature[None], bank, k, distance=distance)
    patient = of["patient_id"] if same_dataset and not pd.isna(of["patient_id"]) else None
    return [
        Neighbour(
            sample_id=int(row.sample_id),
            label=str(row.label),
            distance=float(far),
            same_patient=patient is not None and row.patient_id == patient,
            same_picture=row.file == of["file"],
        )
        for row, far in zip(rows.iloc[places[0]].itertuples(), distances[0], strict=True)
    ]


def nearest(
    features: NDArray[np.floating], bank: NDArray[np.floating], k: int, *, distance: Distance = "cosine"
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each case the k cases of a bank that lie nearest to it, the nearest first.

    Parameters
    ----------
    features
        ndarray of shape (m, d).
    bank
        ndarray of shape (n, d). A case that has a feature which is no number is never near.
    k
        How many; fewer come back where the bank has fewer.
    distance
        "cosine": 1 - cosine of the angle, in [0, 2], and 1 for a case of zeros only, which has no direction;
        "euclidean".

    Returns
    -------
    tuple of ndarray
        Indices into the bank, shape (m, k), int64, and distances, shape (m, k), float64; of equally near ones
        the first. inf where there is nothing to compare.
    """
    if k < 1 or features.ndim != 2 or bank.ndim != 2 or features.shape[1] != bank.shape[1]:
        text = N_(
            "Neighbours are looked for among {n} numbers for each image, not {other}, and at least one."
        )
        raise InvalidValueError(text, n=str(bank.shape[1:]), other=str(features.shape[1:]))
    k = min(k, len(bank))
    asked, there = _prepared(features, distance), _prepared(bank, distance)
    indices = np.zeros((len(asked), k), dtype=np.int64)
    distances = np.zeros((len(asked), k), dtype=np.float64)
    step = max(1, _MOST_AT_ONCE // max(1, len(there)))
    for begin in range(0, len(asked), step):
        rows = slice(begin, begin + step)
        indices[rows], distances[rows] = _among(asked[rows], there, k, distance)
    return indices, distances


def _prepared(cases: NDArray[np.floating], distance: Distance) -> NDArray[np.float64]:
    wide = cases.astype(np.float64)
    if distance == "euclidean":
        return wide
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(wide, lengths, out=wide, where=lengths > 0)
    return unit


def _among(
    asked: NDArray[np.float64], there: NDArray[np.float64], k: int, distance: Distance
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    with np.errstate(invalid="ignore", over="ignore"):
        product = asked @ there.T  # (m, d) x (d, n) -> (m, n)
        if distance == "cosine":
            between = np.clip(1 - product, 0, 2)
        else:
            square = (asked**2).sum(axis=1)[:, None] + (there**2).sum(axis=1)[None] - 2 * product
            between = np.sqrt(np.maximum(square, 0))
    between = np.where(np.isnan(between), np.inf, between)
    order = np.argsort(between, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(between, order, axis=1)
