"""Write a data set: samples stream in, and the folder is there whole or not at all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets import pictures, table
from core.datasets.classes import default_positive, order_classes
from core.datasets.folders import new_folder
from core.datasets.intake import PreparedImage, facts_of
from core.datasets.overlap import count_overlap
from core.datasets.records import (
    SPLIT_NAMES,
    UNLABELLED,
    Columns,
    DatasetInfo,
    SkippedFile,
    SplitName,
)
from core.errors import ImportRefusedError
from core.images import MedicalImage
from core.language import N_, Message
from core.workspace import datasets_dir, write_json, write_text

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

    image: MedicalImage | PreparedImage
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
        labels: Counter[str] = Counter()
        rows = _write_pixels(samples, folder, draft.attributes, labels)
        table.write_table(rows, draft.attributes, folder / "samples.parquet")
        class_names = _class_names(draft, labels)
        frame = table.read_table(folder / "samples.parquet")
        info = _describe(draft, frame, class_names, n_skipped=len(skipped))
        write_text(folder / "dataset.json", info.model_dump_json(indent=1) + "\n")
        reasons = [{"ordinal": file.ordinal, "reason": file.reason.model_dump()} for file in skipped]
        write_json(folder / "skipped.json", reasons)  # no names: they may be those of patients
    return info


def _write_pixels(
    samples: Iterable[NewSample], folder: Path, attributes: tuple[str, ...], labels: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Write the pictures of samples as they come, count their labels, and yield their rows."""
    files, masks = folder / "files", folder / "masks"
    files.mkdir()
    masks.mkdir()
    for sample_id, sample in enumerate(samples):
        labels[sample.label] += 1
        yield {
            "sample_id": sample_id,
            **_write_picture(sample.image, files),
            "label": sample.label,
            "patient_id": sample.patient_id,
            "split": sample.split,
            "series": sample.series,
            "lesion_mask": _write_mask(sample.lesion_mask, masks),
            "marker_mask": _write_mask(sample.marker_mask, masks),
            **{name: sample.attributes.get(name) for name in attributes},
        }


def _write_picture(image: MedicalImage | PreparedImage, folder: Path) -> dict[str, Any]:
    if isinstance(image, PreparedImage):
        pictures.keep(image.file, image.content, folder)
        return {"file": image.file, **image.facts.model_dump()}
    return {"file": pictures.write_picture(image.values, folder), **facts_of(image)}


def _write_mask(mask: NDArray[np.bool_] | None, folder: Path) -> str | None:
    return None if mask is None else pictures.write_mask(mask, folder)


def _class_names(draft: DatasetDraft, labels: Counter[str]) -> tuple[str, ...]:
    seen = set(labels)
    if not seen:
        raise ImportRefusedError(N_("None of the images could be read, so there is nothing to import."))
    if len(seen) == 1 and UNLABELLED not in seen:
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
