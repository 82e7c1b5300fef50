"""The data sets of this home: list, open, change, delete."""

import logging
import shutil
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from core.datasets import pictures, shipped, table
from core.datasets.records import DatasetInfo
from core.datasets.writing import DatasetDraft, NewSample, write_dataset
from core.errors import InvalidValueError, NameTakenError, StateError, UnknownNameError
from core.images import MedicalImage, Window
from core.language import N_
from core.workspace import datasets_dir, is_valid_name, write_text

__all__ = [
    "Dataset",
    "DatasetDraft",
    "NewSample",
    "check_new_name",
    "delete_dataset",
    "list_datasets",
    "open_dataset",
    "set_positive_class",
    "write_dataset",
]

_WINDOWS = TypeAdapter(tuple[Window, ...])
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set on disk: its table is read when it is asked for, its pixels one image at a time."""

    info: DatasetInfo
    folder: Path

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The sample table: see DESIGN for its columns; the index is the sample_id."""
        return table.read_table(self.folder / "samples.parquet")

    def image(self, sample_id: int) -> MedicalImage:
        """Return one sample's image with its window, spacing and attributes; it carries no identifier."""
        row = self._row(sample_id)
        spacing = (float(row["row_spacing_mm"]), float(row["pixel_spacing_mm"]))
        return MedicalImage(
            values=pictures.read_picture(self.folder / "files" / row["file"]),
            value_range=(float(row["value_low"]), float(row["value_high"])),
            windows=_windows(row),
            inverted=bool(row["inverted"]),
            modality=_text(row["modality"]),
            pixel_spacing_mm=None if np.isnan(spacing).any() else spacing,
            frame=int(row["frame"]),
            source_format=_text(row["source_format"]) or "",
            bits_stored=None if np.isnan(row["bits_stored"]) else int(row["bits_stored"]),
            attributes={name: row[name] for name in self.info.attributes if _text(row[name])},
        )

    def lesion_mask(self, sample_id: int) -> NDArray[np.bool_] | None:
        """Return where the finding is, ndarray of shape (H, W), or None where that is not known."""
        return self._mask(sample_id, "lesion_mask")

    def marker_mask(self, sample_id: int) -> NDArray[np.bool_] | None:
        """Return where the side marker is, ndarray of shape (H, W), or None where that is not known."""
        return self._mask(sample_id, "marker_mask")

    def _mask(self, sample_id: int, column: str) -> NDArray[np.bool_] | None:
        name = _text(self._row(sample_id)[column])
        return pictures.read_mask(self.folder / "masks" / name) if name else None

    def _row(self, sample_id: int) -> "pd.Series[Any]":
        if not 0 <= sample_id < len(self.samples):
            text = N_("The data set '{name}' has no sample {sample}; its samples are 0 to {last}.")
            last = len(self.samples) - 1
            raise InvalidValueError(text, name=self.info.dataset_id, sample=sample_id, last=last)
        return self.samples.iloc[sample_id]


def list_datasets() -> list[DatasetInfo]:
    """Return the data sets of this home and those that ship; shipped ones first, then by name."""
    names = shipped.shipped_names()
    found = [_shipped_info(name) for name in names]
    for path in sorted(datasets_dir().glob("[!.]*/dataset.json")):
        if path.parent.name not in names and (info := _read_info(path)):
            found.append(info)
    return found


def open_dataset(dataset_id: str) -> Dataset:
    """Open a data set; one that ships is unpacked into this home the first time.

    Raises
    ------
    UnknownNameError
        There is none of that name.
    """
    folder = datasets_dir() / dataset_id
    archive = shipped.archive_of(dataset_id)
    if archive is not None:
        shipped.unpack(dataset_id, archive)
    info = _read_info(folder / "dataset.json") if is_valid_name(dataset_id) else None
    if info is None:
        known = (dataset.dataset_id for dataset in list_datasets())
        raise UnknownNameError(N_("data set"), dataset_id, known)
    return Dataset(info, folder)


def check_new_name(name: str) -> None:
    """Refuse a name that no data set can have, or that one has.

    Raises
    ------
    InvalidValueError, NameTakenError
    """
    if not is_valid_name(name):
        text = N_(
            "'{name}' cannot name a data set: use lower-case letters, digits, '_', '-' and '.', at most 64,"
            " beginning with a letter or a digit."
        )
        raise InvalidValueError(text, name=name)
    if name in shipped.shipped_names() or (datasets_dir() / name).exists():
        raise NameTakenError(N_("data set"), name)


def set_positive_class(dataset_id: str, class_name: str) -> DatasetInfo:
    """Make `class_name` the positive class of a data set with two classes, and return what is known of it.

    Raises
    ------
    StateError
        The data set has more than two classes.
    UnknownNameError
        It has no class of that name.
    """
    dataset = open_dataset(dataset_id)
    if len(dataset.info.class_names) != 2:
        text = N_("'{name}' has {n} classes; only a data set with two has a positive class.")
        raise StateError(text, name=dataset_id, n=len(dataset.info.class_names))
    if class_name not in dataset.info.class_names:
        raise UnknownNameError(N_("class"), class_name, dataset.info.class_names)
    info = dataset.info.model_copy(update={"positive_class": class_name})
    write_text(dataset.folder / "dataset.json", info.model_dump_json(indent=1) + "\n")
    return info


def delete_dataset(dataset_id: str) -> None:
    """Delete a data set of this home with all that is in it; it is out of the list in one step."""
    folder = open_dataset(dataset_id).folder
    if shipped.archive_of(dataset_id) is not None:
        raise StateError(N_("'{name}' ships with Lightbox and cannot be deleted."), name=dataset_id)
    doomed = folder.with_name(f".deleted-{uuid.uuid4().hex}")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _shipped_info(name: str) -> DatasetInfo:
    unpacked = datasets_dir() / name / "dataset.json"
    info = _read_info(unpacked) if unpacked.exists() else None
    archive = shipped.archive_of(name)
    if info is None and archive is not None:
        info = shipped.read_info(archive)
    if info is None:
        raise UnknownNameError(N_("data set"), name, ())
    return info


def _read_info(path: Path) -> DatasetInfo | None:
    try:
        return DatasetInfo.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        _log.warning("The data set in %s has a dataset.json that cannot be read.", path.parent.name)
        return None


def _windows(row: "pd.Series[Any]") -> tuple[Window, ...]:
    if np.isnan(row["window_width"]):
        return ()
    if several := _text(row["windows"]):
        return _WINDOWS.validate_json(several)
    center, width = float(row["window_center"]), float(row["window_width"])
    return (Window(center=center, width=width, function=row["window_function"]),)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
