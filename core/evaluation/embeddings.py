"""What a network makes of images before its last layer answers: features, kept beside the predictions.

Two images whose features lie close are alike to the network, whatever it answers. No torch here but in
`embeddings_of`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.datasets.records import Part
from core.errors import StateError
from core.evaluation.external import variant_of
from core.evaluation.stored import NO_MAPPING, current_file
from core.language import N_
from core.runs.predictions import predictions_path
from core.runs.store import Run
from core.workspace import replacing

_METADATA: Final = b"lightbox"


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The features of n images, in the order of the predictions for the same split.

    Attributes
    ----------
    sample_ids
        ndarray of shape (n,), int64.
    features
        ndarray of shape (n, d), float32: what enters the network's last linear layer.
    """

    sample_ids: NDArray[np.int64]
    features: NDArray[np.float32]


def embeddings_of(
    run: Run,
    split: Part = "val",
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Embeddings:
    """Return the features of a split's images; made and stored when first asked for, with the predictions.

    It is no look at the test split: features name no class, and whoever shows them beside the truth opens
    it first. Parameters and errors are those of core.evaluation.predictions.predictions_of.
    """
    stored = stored_embeddings(run, split, dataset_id, mapping=mapping)
    if stored is not None:
        return stored
    from core.evaluation.predictions import make_answers  # torch

    made = make_answers(run, split, dataset_id, mapping=mapping, with_features=True, progress=progress)
    if made.features is None:
        raise StateError(N_("'{run}' has no layer before its answers to look at."), run=run.run_id)
    return Embeddings(made.predictions.sample_ids, made.features)


def stored_embeddings(
    run: Run,
    split: Part = "val",
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Embeddings | None:
    """Return features that were stored, or None if these weights were not asked for them yet."""
    path = embeddings_path(run, split, dataset_id, mapping=mapping)
    return None if path is None else read_embeddings(path)


def embeddings_path(
    run: Run,
    split: Part = "val",
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Path | None:
    """Return the file of what `stored_embeddings` returns, without reading it."""
    return current_file(
        run, dataset_id, mapping, lambda folder, chosen: _path(folder, chosen, split, mapping)
    )


def read_embeddings(path: Path, sample_ids: NDArray[np.int64] | None = None) -> Embeddings | None:
    """Return the features of a file, of some images alone and in their order; None for a damaged file."""
    try:
        width = int(json.loads(pq.read_schema(path).metadata[_METADATA])["width"])
        table = pq.read_table(path)
        known: NDArray[np.int64] = table["sample_id"].to_numpy().astype(np.int64)
        values: NDArray[np.float32] = table["features"].combine_chunks().flatten().to_numpy()
        features = values.reshape(len(known), width)
        wanted = known if sample_ids is None else sample_ids
        rows = pd.Index(known).get_indexer(pd.Index(wanted))
    except (FileNotFoundError, pa.ArrowException, KeyError, ValueError, TypeError):
        return None
    return None if (rows < 0).any() else Embeddings(wanted, features[rows])


def write_embeddings(
    folder: Path,
    dataset_id: str,
    split: Part,
    embeddings: Embeddings,
    *,
    origin: str,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Path:
    """Keep features in the run's `folder`, in one step, and return the file."""
    path = _path(folder, dataset_id, split, mapping)
    width = embeddings.features.shape[1]
    values = pa.array(embeddings.features.ravel(), pa.float32())
    table = pa.table(
        {
            "sample_id": pa.array(embeddings.sample_ids, pa.int64()),
            "features": pa.FixedSizeListArray.from_arrays(values, max(1, width)),
        }
    )
    facts = {"origin": origin, "width": width}
    with replacing(path) as temporary:
        pq.write_table(table.replace_schema_metadata({_METADATA: json.dumps(facts)}), temporary)
    return path


def _path(folder: Path, dataset_id: str, split: Part, mapping: Mapping[str, str]) -> Path:
    beside = predictions_path(folder, dataset_id, split, variant=variant_of(mapping))
    return beside.with_name(f"{beside.stem}.features.parquet")
