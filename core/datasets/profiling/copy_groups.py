"""Copies put together in groups, with what makes them grave: other labels, other splits, other patients."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.profiling.copies import near_pairs
from core.datasets.profiling.groups import joined
from core.datasets.profiling.records import Copies, CopyCounts, CopyGroup

_MOST_GROUPS: Final = 200
_MOST_MEMBERS: Final = 200  # sample_ids that one group lists


def find_copies(
    samples: pd.DataFrame, thumbnails: NDArray[np.uint8], split: "pd.Series[str]"
) -> tuple[Copies, NDArray[np.intp]]:
    """Return the groups of copies, and the pairs of rows that are near copies.

    Parameters
    ----------
    samples
        The table: file, label and patient_id are used; the index is the row.
    thumbnails
        ndarray of shape (n, 32, 32), uint8, one for each row.
    split
        The split that each row stands in, None for none.
    """
    table = samples.assign(side=split.to_numpy())
    first = np.flatnonzero(~samples["file"].duplicated())
    pairs, likeness = near_pairs(thumbnails[first])
    exact = [_group(table.loc[rows], 1.0, exact=True) for rows in _identical(samples)]
    near = [
        _group(table[table["file"].isin(files)], least, exact=False)
        for files, least in _near_files(samples["file"].to_numpy(object)[first], pairs, likeness)
    ]
    told = sorted((group for group in (*exact, *near) if not group.is_harmless), key=_gravity)
    copies = Copies(exact=_count(exact), near=_count(near), groups=tuple(told[:_MOST_GROUPS]))
    return copies, first[pairs]


def _identical(samples: pd.DataFrame) -> Iterable[NDArray[np.int64]]:
    repeated = samples[samples["file"].duplicated(keep=False)]
    return (rows.index.to_numpy() for _file, rows in repeated.groupby("file", sort=False))


def _near_files(
    files: NDArray[np.object_], pairs: NDArray[np.intp], likeness: NDArray[np.float32]
) -> list[tuple[list[str], float]]:
    """Return the files of each group of near copies, and the weakest of its ties."""
    if not len(pairs):
        return []
    numbers = joined(len(files), pairs)
    of_pair = numbers[pairs[:, 0]]
    return [
        (list(files[numbers == number]), float(likeness[of_pair == number].min()))
        for number in np.unique(of_pair)
    ]


def _group(rows: pd.DataFrame, likeness: float, *, exact: bool) -> CopyGroup:
    known, listed = rows["patient_id"].notna(), rows[:_MOST_MEMBERS]
    return CopyGroup(
        exact=exact,
        n_images=len(rows),
        sample_ids=tuple(int(sample) for sample in listed["sample_id"]),
        sides=tuple(side if isinstance(side, str) else None for side in listed["side"]),
        labels=tuple(sorted(set(rows["label"]))),
        splits=tuple(sorted(set(rows["side"].dropna()))),
        n_patients=int(rows["patient_id"].nunique() + (~known).sum()) if known.any() else None,
        likeness=min(likeness, 1.0),
    )


def _gravity(group: CopyGroup) -> tuple[bool, bool, bool, bool, float]:
    return (
        not group.crosses_labels,
        not group.crosses_splits,
        not group.exact,
        not group.crosses_patients,
        -group.likeness,
    )


def _count(groups: list[CopyGroup]) -> CopyCounts:
    told = [group for group in groups if not group.is_harmless]
    return CopyCounts(
        n_groups=len(told),
        n_images=sum(group.n_images for group in told),
        n_across_labels=sum(group.crosses_labels for group in told),
        n_across_splits=sum(group.crosses_splits for group in told),
        n_across_patients=sum(group.crosses_patients for group in told),
        n_within_patient=len(groups) - len(told),
    )
