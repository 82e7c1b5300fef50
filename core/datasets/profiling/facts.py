"""The facts of an image that are no finding: its size, its file, its frame, its brightness."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.profiling.pixels import BRIGHTNESS, FRAME
from core.datasets.profiling.reading import Readings
from core.datasets.profiling.records import GroupName
from core.language import N_, Message

_KINDS = {
    "source_format": N_("file format"),
    "bits_stored": N_("bits per value"),
    "n_channels": N_("colour channels"),
    "modality": N_("modality"),
}
_NOT_KNOWN = "-"


@dataclass(frozen=True, eq=False)
class FactGroup:
    """Facts of one kind.

    Attributes
    ----------
    name
        The group.
    names
        The f facts, with their units.
    values
        ndarray of shape (n, f), float64, without NaN: a fact that is not known has the median, and a column
        of its own that says so.
    """

    name: GroupName
    names: tuple[Message, ...]
    values: NDArray[np.float64]


def fact_groups(samples: pd.DataFrame, readings: Readings) -> tuple[FactGroup, ...]:
    """Return the facts of all images, in the order of the table."""
    return (
        _size(samples),
        _file(samples),
        FactGroup("frame", _messages(FRAME), readings.frame.astype(np.float64)),
        FactGroup("brightness", _messages(BRIGHTNESS), readings.brightness.astype(np.float64)),
    )


def kind_columns(samples: pd.DataFrame) -> dict[str, "pd.Series[str]"]:
    """Return the facts of the files that have few values, by their marked name; what is not known is "-"."""
    return {text: samples[column].map(_shown, na_action=None) for column, text in _KINDS.items()}


def _size(samples: pd.DataFrame) -> FactGroup:
    width, height = (samples[name].to_numpy(np.float64) for name in ("width", "height"))
    columns = {
        N_("width (pixels)"): width,
        N_("height (pixels)"): height,
        N_("width for each pixel of height"): width / height,
    }
    spacing = samples["pixel_spacing_mm"].to_numpy(np.float64)
    known = np.isfinite(spacing)
    if known.any():
        columns[N_("pixel spacing (mm)")] = np.where(known, spacing, np.median(spacing[known]))
        columns[N_("pixel spacing is known (1) or not (0)")] = known.astype(np.float64)
    return FactGroup("size", _messages(columns), np.stack(list(columns.values()), axis=1))


def _file(samples: pd.DataFrame) -> FactGroup:
    """Give each value of each kind a column of its own: 1 where an image has it."""
    names, columns = [], []
    for text, values in kind_columns(samples).items():
        for value in sorted(set(values)):
            names.append(
                Message(text=N_("{fact}: {value}"), values={"fact": Message(text=text), "value": value})
            )
            columns.append((values == value).to_numpy(np.float64))
    return FactGroup("file", tuple(names), np.stack(columns, axis=1))


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return _NOT_KNOWN
    return str(int(value)) if isinstance(value, int | float) else str(value)


def _messages(texts: Iterable[str]) -> tuple[Message, ...]:
    return tuple(Message(text=text) for text in texts)
