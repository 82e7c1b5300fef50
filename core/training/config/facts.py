"""What the checks of a config must know of the data set, read without opening an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.datasets.records import DatasetInfo

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DatasetFacts:
    """A data set in counts.

    Attributes
    ----------
    dataset_id
        Its name, for sentences.
    n_images, n_patients
        How many; `n_patients` is None where patients are not known.
    class_counts
        Images by class, in class order; a class may have none.
    sides
        Images by class on each side of the split that a run would have: {"train": {...}, "val": {...}, ...}.
        None where the split is not known yet.
    """

    dataset_id: str
    n_images: int
    n_patients: int | None
    class_counts: Mapping[str, int]
    sides: Mapping[str, Mapping[str, int]] | None = None

    @property
    def n_classes(self) -> int:
        """How many classes the data set names."""
        return len(self.class_counts)


def facts_of(info: DatasetInfo, split: pd.DataFrame | None = None) -> DatasetFacts:
    """Return the facts of a data set, with what `core.datasets.splits.make_split` made of it if there is one.

    Parameters
    ----------
    info
        The data set.
    split
        sample_id, label, split: the split of a run.
    """
    counts = {name: info.class_counts.get(name, 0) for name in info.class_names} | dict(info.class_counts)
    sides = None if split is None else {side: _counts(split, side) for side in ("train", "val", "test")}
    return DatasetFacts(info.dataset_id, info.n_images, info.n_patients, counts, sides)


def _counts(split: pd.DataFrame, side: str) -> dict[str, int]:
    found = split.loc[split["split"] == side, "label"].value_counts()
    return {str(name): int(n) for name, n in found.items()}
