"""Hand a data set on: a zip of PNG pictures, a table that this and other programs read, and a README.

Covers: pixels as they are for 8-bit pictures and unsigned 16-bit ones; signed and float ones as 16 bits with
the slope and offset that give the values back (see `ValueMap`). Patients and series are numbered anew in each
export, so that two exports cannot be joined by them; pseudonyms and their key stay here. Does not cover:
masks, and the history of the labels.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict

from core.datasets import pictures
from core.datasets.export_readme import readme
from core.datasets.store import Dataset, open_dataset
from core.errors import JobStoppedError
from core.language import N_, Message
from core.workspace import replacing

Progress = Callable[[float, Message], None]

_LARGEST: Final = 65535
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can name: the same data set, the same bytes
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
# What the table says of a picture besides its label, where it is known: column of the export to our own.
_FACTS: Final = {
    "modality": "modality",
    "row_spacing_mm": "row_spacing_mm",
    "column_spacing_mm": "pixel_spacing_mm",
    "window_center": "window_center",
    "window_width": "window_width",
    "window_function": "window_function",
    "inverted": "inverted",
}


@dataclass(frozen=True)
class ValueMap:
    """How values that PNG cannot hold become 16 bits: value = slope x stored + offset, alike for all.

    Whole numbers that span no more than 65,535 keep their steps (slope 1), as int16 always does: they come
    back exactly. Larger spans and fractions are off by at most slope / 2.
    """

    slope: float = 1.0
    offset: float = 0.0
    is_exact: bool = True

    @classmethod
    def over(cls, arrays: Iterable[NDArray[np.generic]]) -> "ValueMap":
        """Return the map for the values of some arrays of any shapes; they are looked at one at a time."""
        low, high, is_whole = np.inf, -np.inf, True
        for values in arrays:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            is_whole = is_whole and values.dtype.kind in "iu"
        if high <= low or (is_whole and high - low <= _LARGEST):
            return cls(offset=low if np.isfinite(low) else 0.0)
        return cls(slope=(high - low) / _LARGEST, offset=low, is_exact=False)

    def stored(self, values: NDArray[np.generic]) -> NDArray[np.uint16]:
        """Return what stands in the picture for values of the shape (H, W)."""
        steps = np.rint((values.astype(np.float64) - self.offset) / self.slope)
        return steps.clip(0, _LARGEST).astype(np.uint16)


class ExportReport(BaseModel):
    """How an export ended."""

    model_config = ConfigDict(frozen=True)

    dataset_id: str
    revision: str
    n_images: int
    size_bytes: int
    n_rounded: int = 0  # pictures whose values are not exactly those of the data set
    largest_error: float = 0.0  # of their values, in the units of the data set


def export_dataset(
    dataset_id: str,
    out: Path,
    *,
    progress: Progress = lambda _share, _message: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write a data set as a zip file; memory does not grow with the number of its pictures.

    Parameters
    ----------
    dataset_id
        The data set.
    out
        The file to write; one that is there is replaced when the new one is whole.
    progress
        Called with the share done, in [0, 1], and a sentence.
    should_stop
        Asked before each picture; if it says yes, nothing is left.

    Raises
    ------
    UnknownNameError
        There is no such data set.
    JobStoppedError
        `should_stop` said yes.
    """
    dataset = open_dataset(dataset_id)
    watch = _Watch(len(dataset.samples), progress, should_stop)
    files = dataset.samples["file"]
    others = [name for name in files.unique() if not name.endswith(".png")]
    watch.total += len(others)
    values = ValueMap.over(
        pictures.read_picture(dataset.folder / "files" / name) for name in watch.each(others)
    )
    n_rounded = 0 if values.is_exact else int((~files.str.endswith(".png")).sum())
    with replacing(out) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_member("README.txt"), readme(dataset.info, n_rounded, values.slope / 2))
            archive.writestr(_member("labels.csv"), _table(dataset, values))
            for sample_id, name in enumerate(watch.each(files)):
                archive.writestr(
                    _member(_picture_name(sample_id), is_packed=True), _png(dataset, name, values)
                )
    return ExportReport(
        dataset_id=dataset.info.dataset_id,
        revision=dataset.info.revision,
        n_images=len(files),
        size_bytes=out.stat().st_size,
        n_rounded=n_rounded,
        largest_error=values.slope / 2 if n_rounded else 0.0,
    )


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before = + - @.

    Plain numbers stay as they are.
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


class _Watch:
    """Counts what is done, says so, and stops when asked to."""

    def __init__(self, total: int, progress: Progress, should_stop: Callable[[], bool]) -> None:
        self.total, self._done = total, 0
        self._progress, self._should_stop = progress, should_stop

    def each(self, names: Iterable[str]) -> Iterator[str]:
        text = N_("Picture {n} of {total} is being packed.")
        for name in names:
            if self._should_stop():
                raise JobStoppedError
            yield name
            self._done += 1
            message = Message(text=text, values={"n": self._done, "total": self.total})
            self._progress(self._done / self.total, message)


def _member(name: str, *, is_packed: bool = False) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.external_attr = 0o644 << 16
    member.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    return member


def _picture_name(sample_id: int) -> str:
    return f"images/{sample_id:06d}.png"


def _png(dataset: Dataset, name: str, values: ValueMap) -> bytes:
    path = dataset.folder / "files" / name
    if name.endswith(".png"):
        return path.read_bytes()
    content = io.BytesIO()
    Image.fromarray(values.stored(pictures.read_picture(path))).save(content, format="PNG", compress_level=4)
    return content.getvalue()


def _table(dataset: Dataset, values: ValueMap) -> bytes:
    """Return labels.csv, with the mark that tells Excel that it is UTF-8."""
    text = io.StringIO(newline="")
    columns = _columns(dataset, values)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in columns])
    for row in zip(*columns.values(), strict=True):
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _columns(dataset: Dataset, values: ValueMap) -> dict[str, list[str]]:
    samples = dataset.samples
    columns = {
        "file": [_picture_name(sample_id) for sample_id in range(len(samples))],
        "label": _texts(samples["label"]),
        "patient": _numbered(samples["patient_id"], "patient"),
        "split": _texts(samples["split"]),
    }
    for name in dataset.info.attributes:
        columns[name if name not in columns else f"{name}_attribute"] = _texts(samples[name])
    facts = {name: _texts(samples[ours]) for name, ours in _FACTS.items()}
    facts["series"] = _numbered(samples["series"], "series")
    is_mapped = ~samples["file"].str.endswith(".png")
    if is_mapped.any():
        facts["value_slope"] = [f"{values.slope:.17g}" if mapped else "1" for mapped in is_mapped]
        facts |= {name: _texts(samples[name]) for name in ("value_low", "value_high")}
        facts["value_offset"] = [f"{values.offset:.17g}" if mapped else "0" for mapped in is_mapped]
    known = {name: cells for name, cells in facts.items() if set(cells) - {"", "False"}}
    kept = {name: cells for name, cells in columns.items() if any(cells)}
    return kept | {name: cells for name, cells in known.items() if name not in kept}


def _texts(column: "pd.Series[Any]") -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in column]


def _numbered(column: "pd.Series[Any]", word: str) -> list[str]:
    """Return running numbers, in the order of first appearance, for what must not be recognised elsewhere."""
    codes, names = pd.factorize(column)
    digits = max(3, len(str(len(names))))
    return ["" if code < 0 else f"{word}-{code + 1:0{digits}d}" for code in codes]
