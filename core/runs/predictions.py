"""What a run predicted for the images of one split, and the Parquet file that keeps it.

`checkpoints/<run_id>/predictions/<dataset_id>.<split>.parquet` has one row an image: sample_id, patient_id,
y_true, and the lists logits and y_score with one number a class. The classes and the positive class stand in
the file's metadata.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import softmax

from core.datasets.records import Part
from core.errors import StateError
from core.language import N_
from core.workspace import replacing

_METADATA: Final = b"lightbox"


@dataclass(frozen=True, eq=False)
class Predictions:
    """The scores of n images for k classes, beside the truth.

    Attributes
    ----------
    y_true
        ndarray of shape (n,), int64: the index of the true class in `class_names`.
    logits
        ndarray of shape (n, k), float32: what the network gave.
    y_score
        ndarray of shape (n, k), float32 in [0, 1]: the probabilities; each row adds up to 1.
    sample_ids
        ndarray of shape (n,), int64.
    patient_ids
        ndarray of shape (n,), object: a pseudonym, or None for an image whose patient is not known. None
        instead of the array where no patient is known.
    class_names
        The k classes in order.
    positive_class
        Which of two classes a score speaks for; None with more than two.
    """

    y_true: NDArray[np.int64]
    logits: NDArray[np.float32]
    y_score: NDArray[np.float32]
    sample_ids: NDArray[np.int64]
    patient_ids: NDArray[np.object_] | None
    class_names: tuple[str, ...]
    positive_class: str | None = None

    def __post_init__(self) -> None:
        n, k = len(self.y_true), len(self.class_names)
        lengths = {len(self.sample_ids), len(self.patient_ids) if self.patient_ids is not None else n}
        if self.logits.shape != (n, k) or self.y_score.shape != (n, k) or lengths != {n}:
            raise ValueError(f"predictions of {n} images and {k} classes have arrays of other shapes")
        if n and not 0 <= int(self.y_true.min()) <= int(self.y_true.max()) < k:
            raise ValueError(f"predictions of {k} classes have a truth that is none of them")
        if k == 2 and self.positive_class not in self.class_names:
            raise ValueError(f"'{self.positive_class}' is none of the classes {self.class_names}")

    @property
    def n_samples(self) -> int:
        """Number of images."""
        return len(self.y_true)

    @property
    def positive_index(self) -> int | None:
        """Position of the positive class in `class_names`, or None with more than two classes."""
        return None if self.positive_class is None else self.class_names.index(self.positive_class)

    @property
    def is_usable(self) -> NDArray[np.bool_]:
        """Which images have scores that are numbers, ndarray of shape (n,)."""
        usable: NDArray[np.bool_] = np.asarray(np.isfinite(self.y_score).all(axis=1))
        return usable

    def take(self, places: NDArray[np.integer] | NDArray[np.bool_]) -> "Predictions":
        """Return the images at `places` (indices, or a mask of shape (n,)) alone, in that order."""
        patients = None if self.patient_ids is None else self.patient_ids[places]
        return replace(
            self,
            y_true=self.y_true[places],
            logits=self.logits[places],
            y_score=self.y_score[places],
            sample_ids=self.sample_ids[places],
            patient_ids=patients,
        )

    @classmethod
    def from_logits(
        cls,
        logits: NDArray[np.floating],
        *,
        y_true: NDArray[np.integer],
        sample_ids: NDArray[np.integer],
        patient_ids: NDArray[np.object_] | None,
        class_names: tuple[str, ...],
        positive_class: str | None,
    ) -> "Predictions":
        """Turn a network's logits, of shape (n, k), into predictions: the scores are their softmax."""
        return cls(
            y_true=y_true.astype(np.int64),
            logits=logits.astype(np.float32),
            y_score=softmax(logits.astype(np.float64), axis=1).astype(np.float32),
            sample_ids=sample_ids.astype(np.int64),
            patient_ids=patient_ids,
            class_names=class_names,
            positive_class=positive_class,
        )


def predictions_path(folder: Path, dataset_id: str, split: Part, *, variant: str = "") -> Path:
    """Return where the run in `folder` keeps its predictions for a split of a data set.

    `variant` tells apart what was asked otherwise of the same images: see core.evaluation.external.
    """
    name = f"{dataset_id}.{split}.{variant}" if variant else f"{dataset_id}.{split}"
    return folder / "predictions" / f"{name}.parquet"


def write_predictions(
    folder: Path,
    dataset_id: str,
    split: Part,
    predictions: Predictions,
    *,
    origin: str = "",
    variant: str = "",
) -> Path:
    """Keep `predictions` in the run's `folder`, in one step, and return the file.

    `origin` says which weights and which state of the data they were made from, so that old ones are known
    for old: see `weights_origin`. It is empty in what arrives from elsewhere.
    """
    path = predictions_path(folder, dataset_id, split, variant=variant)
    with replacing(path) as temporary:
        pq.write_table(_to_table(predictions, origin), temporary)
    return path


def weights_origin(folder: Path, epoch: int) -> str:
    """Return which weights predictions come from: the epoch, and a hash of the numbers."""
    path = folder / "best.safetensors"
    facts = path.stat()
    return f"epoch {epoch}, weights {_hash_of(path, facts.st_mtime_ns, facts.st_size)}"


@lru_cache(maxsize=64)
def _hash_of(path: Path, _changed_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def read_origin(path: Path) -> str | None:
    """Return the `origin` that predictions were written with, None where there are none to be read."""
    try:
        facts = json.loads(pq.read_schema(path).metadata[_METADATA])
        return str(facts["origin"])
    except (FileNotFoundError, pa.ArrowException, KeyError, ValueError, TypeError):
        return None


def read_predictions(path: Path) -> Predictions:
    """Read what `write_predictions` wrote.

    Raises
    ------
    StateError
        If the file is damaged or was not written by Lightbox.
    """
    try:
        return _from_table(pq.read_table(path))
    except (pa.ArrowException, KeyError, ValueError, TypeError) as problem:
        raise StateError(
            N_("The stored predictions '{name}' can't be read. Delete this file to have them made again."),
            name=path.name,
        ) from problem


def _to_table(predictions: Predictions, origin: str) -> pa.Table:
    n = predictions.n_samples
    patients = [None] * n if predictions.patient_ids is None else predictions.patient_ids.tolist()
    facts = {
        "class_names": predictions.class_names,
        "positive_class": predictions.positive_class,
        "origin": origin,
    }
    scores = pa.list_(pa.float32(), len(predictions.class_names))
    table = pa.table(
        {
            "sample_id": pa.array(predictions.sample_ids, pa.int64()),
            "patient_id": pa.array(patients, pa.string(), from_pandas=True),
            "y_true": pa.array(predictions.y_true, pa.int64()),
            "logits": pa.array(list(predictions.logits), scores),
            "y_score": pa.array(list(predictions.y_score), scores),
        }
    )
    return table.replace_schema_metadata({_METADATA: json.dumps(facts)})


def _from_table(table: pa.Table) -> Predictions:
    facts = json.loads(table.schema.metadata[_METADATA])
    class_names = tuple(facts["class_names"])
    patients = np.array(table["patient_id"].to_pylist(), dtype=object)
    known = any(patient is not None for patient in patients)
    return Predictions(
        y_true=table["y_true"].to_numpy().astype(np.int64),
        logits=_matrix(table["logits"], len(class_names)),
        y_score=_matrix(table["y_score"], len(class_names)),
        sample_ids=table["sample_id"].to_numpy().astype(np.int64),
        patient_ids=patients if known else None,
        class_names=class_names,
        positive_class=facts["positive_class"],
    )


def _matrix(column: pa.ChunkedArray, n_classes: int) -> NDArray[np.float32]:
    values: NDArray[np.float32] = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return values.astype(np.float32).reshape(len(column), n_classes)
