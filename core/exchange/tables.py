"""The tables of a run that arrives, read in a process of its own: the tasks of core.images.sandbox.

A Parquet file is decoded by machine code that trusts what the file says of itself; so somebody else's is
never opened in the process that serves pages. What comes out are numbers, and short lists of names.
"""

import io
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.errors import ImportRefusedError
from core.language import N_

MOST_ROWS: Final = 2_000_000
MOST_CLASSES: Final = 1000
_MOST_NAME: Final = 200  # letters of a class
_TEXTS: Final = {"split": ["label", "split"], "predictions": ["patient_id"]}
_METADATA: Final = b"lightbox"  # as core.runs.predictions writes it


def read(content: bytes, *, kind: str) -> tuple[dict[str, Any], list[bytes]]:
    """Read a table: `kind` is "split" or "predictions".

    Returns
    -------
    For a split {"labels", "splits"} and three buffers of int64: sample_id, the index of the label, and that
    of the side. For predictions {"class_names", "positive_class", "n_patients"} and four: sample_id, y_true
    and the number of the patient (-1 where it is not known) as int64, and the logits (n, k) as float32.

    Raises
    ------
    ImportRefusedError
        It is no such table.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(content), read_dictionary=_TEXTS[kind])
        if file.metadata.num_rows > MOST_ROWS:
            raise _no_table(kind)
        table = file.read()
        return _split(table) if kind == "split" else _predictions(table)
    except (pa.ArrowException, KeyError, ValueError, TypeError, AttributeError, OSError, MemoryError):
        raise _no_table(kind) from None


def _split(table: pa.Table) -> tuple[dict[str, Any], list[bytes]]:
    labels, label_codes = _coded(table["label"])
    sides, side_codes = _coded(table["split"])
    if label_codes.min(initial=0) < 0 or side_codes.min(initial=0) < 0:
        raise ValueError("a label or a side is missing")
    numbers = [_whole(table["sample_id"]), label_codes, side_codes]
    return {"labels": _names(labels), "splits": _names(sides)}, [array.tobytes() for array in numbers]


def _predictions(table: pa.Table) -> tuple[dict[str, Any], list[bytes]]:
    facts = json.loads(table.schema.metadata[_METADATA])
    names, positive = _names(facts["class_names"]), facts["positive_class"]
    patients, codes = _coded(table["patient_id"])
    order = np.argsort(np.array(patients, dtype=object), kind="stable")
    place = np.empty(len(patients) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(patients)), -1  # code -1: not known
    logits = table["logits"].combine_chunks()
    values = logits.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    if logits.null_count or len(values) != len(table) * len(names):
        raise ValueError("logits of another number of classes")
    record = {"class_names": names, "positive_class": positive, "n_patients": len(patients)}
    numbers = [_whole(table["sample_id"]), _whole(table["y_true"]), place[codes]]
    return record, [*(array.tobytes() for array in numbers), values.tobytes()]


def _coded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different texts of a column, and of each row which it is; -1 for none."""
    column = column.unify_dictionaries().combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    texts = column.dictionary.to_pylist()
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if not all(isinstance(text, str) for text in texts) or len(set(texts)) != len(texts):
        raise ValueError("no texts")
    return texts, codes


def _whole(column: pa.ChunkedArray) -> NDArray[np.int64]:
    if column.null_count or not pa.types.is_integer(column.type):
        raise ValueError("no whole numbers")
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _names(names: list[str]) -> list[str]:
    is_list = isinstance(names, list) and 0 < len(names) <= MOST_CLASSES and len(set(names)) == len(names)
    if not is_list or not all(isinstance(name, str) and 0 < len(name) <= _MOST_NAME for name in names):
        raise ValueError("no names of classes")
    return names


def _no_table(kind: str) -> ImportRefusedError:
    text = N_("The split of this run is damaged or is no split.")
    if kind == "predictions":
        text = N_("The predictions of this run are damaged or are none.")
    return ImportRefusedError(text)
