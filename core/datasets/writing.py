"""Write a data set: samples stream in, and the folder is there whole or not at all."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.datasets import pictures, table
from core.datasets.classes import default_positive, order_classes
from core.datasets.folders import new_folder
from core.datasets.overlap import count_overlap
from core.datasets.records import SPLIT_NAMES, Columns, DatasetInfo, SkippedFile, SplitName
from core.errors import ImportRefusedError
from core.images import MedicalImage, Window
from core.language import N_, Message
from core.workspace import datasets_dir, write_json, write_text

_WINDOWS = TypeAdapter(tuple[Window, ...])
_Source = Literal["phantoms", "folders", "split_folders", "csv", "npz", "dicom"]


@dataclass(frozen=True)
class DatasetDraft:
    """What is known of a data set before its samples are."""

    dataset_id: str
    title: str
    source: _Source
    description: str = ""
    licence: str = ""
    simulated: bool = False
    class_names: tuple[str, ...] | None = None  # None: in the order of `order_classes`
    columns: Columns = Columns()
    attributes: tuple[str, ...] = ()
    caveats: tuple[Message, ...] = ()
    created_at: str | None = None  # None: now


@dataclass(frozen=True, eq=False)
class NewSample:
    """One sample on its way into a data set; its patient is a pseudonym already."""

    image: MedicalImage
    label: str
    patient_id: str | None = None
    split: SplitName | None = None
    series: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    lesion_mask: NDArray[np.bool_] | None = None
    marker_mask: NDArray[np.bool_] | None = None


def write_dataset(
    draft: DatasetDraft,
    samples: Iterable[NewSample],
    *,
    skipped: Sequence[SkippedFile] = (),
    into: Path | None = None,
) -> DatasetInfo:
    """Write a data set folder and return what is known of it.

    Parameters
    ----------
    draft
        Its name and where it comes from.
    samples
        Taken one at a time, so that memory does not grow with their number.
    skipped
        What could not be read; looked at after the last sample, so it may grow until then.
    into
        The folder that will hold the data set's folder; by default datasets/ of this home.

    Raises
    ------
    ImportRefusedError
        No sample, or only one class.
    NameTakenError
        There is a data set of that name.
    """
    with new_folder((into or datasets_dir()) / draft.dataset_id) as folder:
        rows = _write_pixels(samples, folder, draft.attributes)
        class_names = _class_names(draft, rows)
        table.write_table(rows, draft.attributes, folder / "samples.parquet")
        frame = table.read_table(folder / "samples.parquet")
        info = _describe(draft, frame, class_names, n_skipped=len(skipped))
        write_text(folder / "dataset.json", info.model_dump_json(indent=1) + "\n")
        reasons = [{"ordinal": file.ordinal, "reason": file.reason.model_dump()} for file in skipped]
        write_json(folder / "skipped.json", reasons)  # no names: they may be those of patients
    return info


def _write_pixels(
    samples: Iterable[NewSample], folder: Path, attributes: tuple[str, ...]
) -> list[dict[str, Any]]:
    files, masks = folder / "files", folder / "masks"
    files.mkdir()
    masks.mkdir()
    rows = []
    for sample_id, sample in enumerate(samples):
        row = _row_of_image(sample.image) | {name: sample.attributes.get(name) for name in attributes}
        row |= {"sample_id": sample_id, "file": pictures.write_picture(sample.image.values, files)}
        row |= {"label": sample.label, "patient_id": sample.patient_id}
        row |= {"split": sample.split, "series": sample.series}
        for name, mask in (("lesion_mask", sample.lesion_mask), ("marker_mask", sample.marker_mask)):
            row[name] = None if mask is None else pictures.write_mask(mask, masks)
        rows.append(row)
    return rows


def _row_of_image(image: MedicalImage) -> dict[str, Any]:
    window = image.windows[0] if image.windows else None
    row_spacing, column_spacing = image.pixel_spacing_mm or (None, None)
    return {
        "height": image.values.shape[0],
        "width": image.values.shape[1],
        "modality": image.modality,
        "pixel_spacing_mm": column_spacing,
        "row_spacing_mm": row_spacing,
        "frame": image.frame,
        "window_center": window.center if window else None,
        "window_width": window.width if window else None,
        "window_function": window.function if window else None,
        "inverted": image.inverted,
        "value_low": image.value_range[0],
        "value_high": image.value_range[1],
        "n_channels": 3 if image.is_colour else 1,
        "source_format": image.source_format or None,
        "bits_stored": image.bits_stored,
        "windows": _WINDOWS.dump_json(image.windows).decode() if len(image.windows) > 1 else None,
    }


def _class_names(draft: DatasetDraft, rows: list[dict[str, Any]]) -> tuple[str, ...]:
    seen = {row["label"] for row in rows}
    if not seen:
        raise ImportRefusedError(N_("None of the images could be read, so there is nothing to import."))
    if len(seen) == 1:
        text = N_("All images belong to one class, '{name}'; a data set needs at least two.")
        raise ImportRefusedError(text, name=seen.pop())
    ordered = draft.class_names or order_classes(seen)
    return tuple(name for name in ordered if name in seen)


def _describe(
    draft: DatasetDraft, frame: pd.DataFrame, class_names: tuple[str, ...], *, n_skipped: int
) -> DatasetInfo:
    counts = Counter(frame["label"])
    n_patients = int(frame["patient_id"].nunique())
    split_counts = Counter(frame["split"].dropna())
    return DatasetInfo(
        dataset_id=draft.dataset_id,
        title=draft.title,
        description=draft.description,
        licence=draft.licence,
        simulated=draft.simulated,
        source=draft.source,
        n_images=len(frame),
        n_patients=n_patients or None,
        class_names=class_names,
        positive_class=default_positive(class_names),
        class_counts={name: counts[name] for name in class_names},
        splits={name: split_counts[name] for name in SPLIT_NAMES if split_counts[name]} or None,
        overlap=count_overlap(frame) if split_counts else None,
        columns=draft.columns,
        attributes=draft.attributes,
        n_channels=3 if (frame["n_channels"] == 3).any() else 1,
        n_skipped=n_skipped,
        has_masks=bool(frame["lesion_mask"].notna().any()),
        caveats=draft.caveats,
        revision=table.revision_of(frame),
        created_at=draft.created_at or datetime.now(UTC).isoformat(timespec="seconds"),
    )
