"""samples.parquet: one row for each sample, written the same way every time."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.workspace import replacing

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
    """Write the rows; the same rows give the same bytes."""
    schema = pa.schema([*COLUMNS.items(), *((name, pa.string()) for name in attributes)])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_table(path: Path) -> pd.DataFrame:
    """Return the sample table with a running index; what is not known is NaN."""
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    return frame


def revision_of(samples: pd.DataFrame) -> str:
    """Return the first 16 hex digits of the sha256 over the table: another table, another revision."""
    return hashlib.sha256(samples.to_csv(index=False).encode()).hexdigest()[:16]
