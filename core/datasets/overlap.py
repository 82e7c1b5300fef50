"""Who and what stands on more than one side of a split: the most common way to a score that is too good."""

import pandas as pd

from core.datasets.records import PatientOverlap


def count_overlap(samples: pd.DataFrame) -> PatientOverlap:
    """Return how many patients, and how many identical pictures, stand in more than one split.

    Parameters
    ----------
    samples
        With the columns split, patient_id and file; the file of identical pictures is the same.
    """
    split = samples[samples["split"].notna()]
    return PatientOverlap(n_patients=_spread(split, "patient_id"), n_duplicate_images=_spread(split, "file"))


def _spread(samples: pd.DataFrame, column: str) -> int:
    known = samples[samples[column].notna()]
    return int((known.groupby(column)["split"].nunique() > 1).sum())
