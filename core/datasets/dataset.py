"""A data set on disk, opened: its table, its pictures, its masks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.datasets import pictures, table
from core.datasets.records import DatasetInfo
from core.errors import InvalidValueError, StateError
from core.images import MedicalImage, Window
from core.language import N_

_WINDOWS = TypeAdapter(tuple[Window, ...])
# What `stored_image` reads of a row of the sample table.
PICTURE_COLUMNS: Final = (
    *("file", "value_low", "value_high", "row_spacing_mm", "pixel_spacing_mm", "bits_stored", "windows"),
    *("window_center", "window_width", "window_function", "inverted", "modality", "frame", "source_format"),
)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set on disk: its table is read when it is asked for, its pixels one image at a time."""

    info: DatasetInfo
    folder: Path

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The sample table: see DESIGN for its columns; the index is the sample_id.

        Raises
        ------
        StateError
            Labels were corrected between the opening of the data set and this moment: open it again.
        """
        path = self.folder / "samples.parquet"
        if table.written_revision(path) not in (None, self.info.revision):
            text = N_("'{name}' was changed while it was being read; try again.")
            raise StateError(text, name=self.info.dataset_id)
        return table.read_table(path)

    def image(self, sample_id: int) -> MedicalImage:
        """Return one sample's image with its window, spacing and attributes; it carries no identifier."""
        return stored_image(self.folder, dict(self.row(sample_id)), self.info.attributes)

    def lesion_mask(self, sample_id: int) -> NDArray[np.bool_] | None:
        """Return where the finding is, ndarray of shape (H, W), or None where that is not known."""
        return self._mask(sample_id, "lesion_mask")

    def marker_mask(self, sample_id: int) -> NDArray[np.bool_] | None:
        """Return where the side marker is, ndarray of shape (H, W), or None where that is not known."""
        return self._mask(sample_id, "marker_mask")

    def row(self, sample_id: int) -> "pd.Series[Any]":
        """Return what the table says of one sample; InvalidValueError if there is none of that number."""
        if not 0 <= sample_id < len(self.samples):
            text = N_("The data set '{name}' has no sample {sample}; its samples are 0 to {last}.")
            last = len(self.samples) - 1
            raise InvalidValueError(text, name=self.info.dataset_id, sample=sample_id, last=last)
        return self.samples.iloc[sample_id]

    def _mask(self, sample_id: int, column: str) -> NDArray[np.bool_] | None:
        name = _text(self.row(sample_id)[column])
        return pictures.read_mask(self.folder / "masks" / name) if name else None


def stored_image(folder: Path, row: Mapping[str, Any], attributes: Iterable[str] = ()) -> MedicalImage:
    """Return the image that a row of the sample table describes.

    Parameters
    ----------
    folder
        The data set's.
    row
        The table's columns, those of PICTURE_COLUMNS at least; what is not known is NaN or None.
    attributes
        The columns that go along as attributes.
    """
    spacing = (_number(row["row_spacing_mm"]), _number(row["pixel_spacing_mm"]))
    bits_stored = _number(row["bits_stored"])
    return MedicalImage(
        values=pictures.read_picture(folder / "files" / row["file"]),
        value_range=(float(row["value_low"]), float(row["value_high"])),
        windows=_windows(row),
        inverted=bool(row["inverted"]),
        modality=_text(row["modality"]),
        pixel_spacing_mm=None if np.isnan(spacing).any() else spacing,
        frame=int(row["frame"]),
        source_format=_text(row["source_format"]) or "",
        bits_stored=None if np.isnan(bits_stored) else int(bits_stored),
        attributes={name: row[name] for name in attributes if _text(row[name])},
    )


def _windows(row: Mapping[str, Any]) -> tuple[Window, ...]:
    if np.isnan(_number(row["window_width"])):
        return ()
    if several := _text(row["windows"]):
        return _WINDOWS.validate_json(several)
    center, width = float(row["window_center"]), float(row["window_width"])
    return (Window(center=center, width=width, function=row["window_function"]),)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
