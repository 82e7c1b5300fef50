"""How many images there are of what: classes, splits, sizes, formats, patients on more than one side."""

from typing import Final

import numpy as np
import pandas as pd

from core.datasets.overlap import count_overlap
from core.datasets.profiling.facts import kind_columns
from core.datasets.profiling.records import Counts, Kinds, Spans
from core.datasets.profiling.shortcuts import spread
from core.datasets.records import SPLIT_NAMES, SplitConfig
from core.datasets.splits import make_split
from core.errors import StateError
from core.language import N_

_SPANS: Final = {
    "width": N_("Width (pixels)"),
    "height": N_("Height (pixels)"),
    "pixel_spacing_mm": N_("Pixel spacing (mm)"),
}


def split_in_use(samples: pd.DataFrame) -> "pd.Series[str]":
    """Return the split that each sample stands in: the source's own, or the one that a run would make.

    None where the source puts a sample nowhere, and everywhere if no split can be made.
    """
    if samples["split"].notna().any():
        return samples["split"]
    try:
        made = make_split(samples, SplitConfig()).set_index("sample_id")["split"]
    except StateError:
        return pd.Series(None, index=samples.index, dtype="object")
    return samples["sample_id"].map(made)


def count(samples: pd.DataFrame, class_names: tuple[str, ...], split: "pd.Series[str]") -> Counts:
    """Count the table.

    Parameters
    ----------
    samples
        The sample table.
    class_names
        In their order.
    split
        The split that each row stands in, None for none; see `split_in_use`.
    """
    by_class = _by_class(samples["label"], class_names)
    present = [n for n in by_class.values() if n]
    own = bool(samples["split"].notna().any())
    return Counts(
        by_class=by_class,
        imbalance=max(present) / min(present) if len(present) > 1 else None,
        split="source" if own else "default" if split.notna().any() else "none",
        by_split={
            name: _by_class(samples["label"][(split == name).to_numpy()], class_names)
            for name in SPLIT_NAMES
            if (split == name).any()
        },
        overlap=count_overlap(samples.assign(split=split.to_numpy())),
        spans=tuple(_spans(samples, class_names)),
        kinds=tuple(_kinds(samples, class_names)),
    )


def _by_class(labels: "pd.Series[str]", class_names: tuple[str, ...]) -> dict[str, int]:
    counts = labels.value_counts()
    return {name: int(counts.get(name, 0)) for name in class_names}


def _spans(samples: pd.DataFrame, class_names: tuple[str, ...]) -> list[Spans]:
    found = []
    for column, text in _SPANS.items():
        values = samples[column].to_numpy(np.float64)
        known = np.isfinite(values)
        of_class = {name: values[known & (samples["label"] == name).to_numpy()] for name in class_names}
        if known.any():
            spreads = {name: spread(own) for name, own in of_class.items() if len(own)}
            found.append(Spans(name=text, by_class=spreads, n_distinct=len(np.unique(values[known]))))
    return found


def _kinds(samples: pd.DataFrame, class_names: tuple[str, ...]) -> list[Kinds]:
    found = []
    for text, values in kind_columns(samples).items():
        counts = {
            value: _by_class(samples["label"][(values == value).to_numpy()], class_names)
            for value in sorted(set(values))
        }
        found.append(Kinds(name=text, counts=counts))
    return found
