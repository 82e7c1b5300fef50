"""Who stands on which side of a split: patients, images, classes, and whom the network would meet again."""

from typing import Final

import pandas as pd
from pydantic import BaseModel, ConfigDict

from core.datasets.records import SPLIT_NAMES, SplitName

BOTH: Final = "both"


class SideCount(BaseModel):
    """One side of a split."""

    model_config = ConfigDict(frozen=True)

    split: SplitName
    n_patients: int | None  # None where the source names no patients
    n_images: int
    class_counts: dict[str, int]


class SidesReport(BaseModel):
    """Who stands where.

    `n_shared` patients stand on more than one side; `n_met` of the `n_held_out` validation and test images
    show a patient who is in training too. `stands` counts the patients on each side alone, and under "both"
    those on more than one. All of them are None or empty where the source names no patients.
    """

    model_config = ConfigDict(frozen=True)

    sides: tuple[SideCount, ...]
    n_patients: int | None
    n_shared: int | None
    n_held_out: int
    n_met: int | None
    stands: dict[str, int]


def count_sides(samples: pd.DataFrame, split: pd.DataFrame, class_names: tuple[str, ...]) -> SidesReport:
    """Count who stands on which side.

    Parameters
    ----------
    samples
        The sample table: sample_id and patient_id are used.
    split
        sample_id, label and split, as `core.datasets.splits.make_split` gives it.
    class_names
        In the order to count them.
    """
    table = split.merge(samples[["sample_id", "patient_id"]], on="sample_id", how="left")
    sides = tuple(_count_side(table, name, class_names) for name in SPLIT_NAMES)
    held_out = table[table["split"] != "train"]
    if not table["patient_id"].notna().any():
        return SidesReport(
            sides=sides, n_patients=None, n_shared=None, n_held_out=len(held_out), n_met=None, stands={}
        )
    places = table.dropna(subset="patient_id").groupby("patient_id")["split"].agg(_one_or_both)
    known = set(table.loc[table["split"] == "train", "patient_id"].dropna())
    return SidesReport(
        sides=sides,
        n_patients=len(places),
        n_shared=int((places == BOTH).sum()),
        n_held_out=len(held_out),
        n_met=int(held_out["patient_id"].isin(known).sum()),
        stands={name: int((places == name).sum()) for name in (*SPLIT_NAMES, BOTH)},
    )


def _count_side(table: pd.DataFrame, name: SplitName, class_names: tuple[str, ...]) -> SideCount:
    rows = table[table["split"] == name]
    counts = rows["label"].value_counts()
    named = table["patient_id"].notna().any()
    return SideCount(
        split=name,
        n_patients=int(rows["patient_id"].nunique()) if named else None,
        n_images=len(rows),
        class_counts={label: int(counts.get(label, 0)) for label in class_names},
    )


def _one_or_both(sides: "pd.Series[str]") -> str:
    return str(sides.iloc[0]) if sides.nunique() == 1 else BOTH
