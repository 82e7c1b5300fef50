"""samples.parquet: one row for each sample, written the same way every time."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.workspace import replacing

_ROWS_AT_ONCE: Final = 2048
_REVISION: Final = b"lightbox_revision"

# What each sample has; the attributes that an importer opted in follow as text.
COLUMNS: Final[dict[str, pa.DataType]] = {
    "sample_id": pa.int64(),  # a running number: duplicates stay
    "file": pa.string(),  # in files/
    "label": pa.string(),
    "patient_id": pa.string(),  # a pseudonym
    "split": pa.string(),  # the source's own: train, val or test
    "width": pa.int64(),
    "height": pa.int64(),
    "modality": pa.string(),
    "pixel_spacing_mm": pa.float64(),  # between columns
    "row_spacing_mm": pa.float64(),
    "frame": pa.int64(),
    "series": pa.string(),  # a pseudonym
    "lesion_mask": pa.string(),  # in masks/
    "marker_mask": pa.string(),
    "window_center": pa.float64(),
    "window_width": pa.float64(),
    "window_function": pa.string(),
    "inverted": pa.bool_(),
    "value_low": pa.float64(),
    "value_high": pa.float64(),
    "n_channels": pa.int64(),  # 1 or 3
    "source_format": pa.string(),  # PNG, JPEG, TIFF or DICOM
    "bits_stored": pa.int64(),
    "windows": pa.string(),  # JSON: all windows, where the file proposes more than one
}


def write_table(rows: Iterable[dict[str, Any]], attributes: tuple[str, ...], path: Path) -> None:
    """Write the rows, a few thousand at a time; the same rows give the same bytes."""
    schema = pa.schema([*COLUMNS.items(), *((name, pa.string()) for name in attributes)])
    remaining = iter(rows)
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        while batch := list(islice(remaining, _ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def read_table(path: Path) -> pd.DataFrame:
    """Return the sample table with a running index; what is not known is NaN."""
    # Column by column, each given free when it is converted: the table is never there twice.
    frame: pd.DataFrame = pq.read_table(path).to_pandas(split_blocks=True, self_destruct=True)
    return frame


def write_labels(source: Path, labels: Sequence[str], path: Path, *, revision: str) -> None:
    """Write the table in `source` with other labels, one for each row, and the revision that it then has."""
    table = pq.read_table(source)
    column = pa.array(labels, pa.string())
    table = table.set_column(table.schema.get_field_index("label"), "label", column)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _REVISION: revision.encode()})
    pq.write_table(table, path, compression="zstd")


def written_revision(path: Path) -> str | None:
    """Return the revision that a table says it has; None for one whose labels were never changed."""
    value = (pq.read_schema(path).metadata or {}).get(_REVISION)
    return None if value is None else str(value, "ascii")


def revision_of(samples: pd.DataFrame) -> str:
    """Return the first 16 hex digits of the sha256 over the table: another table, another revision."""
    digest = _TextDigest()
    samples.to_csv(digest, index=False)  # in parts: as one text it would take more room than the table
    return digest.hexdigest()[:16]


class _TextDigest(io.TextIOBase):
    """The sha256 of a text that is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._sha256 = hashlib.sha256()

    def write(self, text: str) -> int:
        self._sha256.update(text.encode())
        return len(text)

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()
