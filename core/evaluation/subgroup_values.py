"""What is known of each image besides its class: the attributes that tell one group of patients from another.

Covers: the columns that an importer opted in, and what the table knows anyway (kind of image, width of a
pixel, size of the picture, size of the finding where its mask is known). Does not cover: what nobody wrote
down.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.dataset import Dataset
from core.language import N_, Message

MOST_GROUPS: Final = 12  # of an attribute; rarer values are put together
MOST_MASKS: Final = 5000  # that are opened to measure findings
LESION_SIZE: Final = "lesion size"

_TITLES: Final = {
    "age": N_("Age"),
    "age_band": N_("Age band"),
    "sex": N_("Sex"),
    "view": N_("View (projection)"),
    "laterality": N_("Side"),
    "body_part": N_("Part of the body"),
    "site": N_("Site"),
    "hospital": N_("Hospital"),
    "ward": N_("Ward"),
    "finding": N_("Finding"),
    "marker": N_("Side marker"),
    "modality": N_("Kind of image"),
    "scanner": N_("Scanner"),
    "manufacturer": N_("Maker of the scanner"),
    "source": N_("Source"),
    "pixel_spacing_mm": N_("Width of a pixel"),
    "picture size": N_("Size of the picture"),
    LESION_SIZE: N_("Size of the finding"),
}
_OTHERS: Final = N_("{n} rarer values together")
_DIGITS: Final = 12  # of a number at the end of a word, to be sorted by its size
_PARTS: Final = 3  # that numbers are cut into


@dataclass(frozen=True, eq=False)
class Attribute:
    """One attribute of n images.

    Attributes
    ----------
    name
        The column, or a name of our own.
    title
        What it is called.
    codes
        ndarray of shape (n,), int64: which of `groups` an image is in; -1 where it is not known.
    groups
        The values, in the order in which they are shown.
    unknown
        What the images without a value are called.
    """

    name: str
    title: Message
    codes: NDArray[np.int64]
    groups: tuple[Message, ...]
    unknown: Message = Message(text=N_("not known"))


def attributes_of(dataset: Dataset, sample_ids: NDArray[np.int64]) -> tuple[Attribute, ...]:
    """Return every attribute that tells these images apart; one with a single value tells nothing.

    Parameters
    ----------
    dataset
        Where the images are.
    sample_ids
        ndarray of shape (n,): which images.
    """
    table = dataset.samples.iloc[sample_ids]
    found = [_of_words(name, table[name]) for name in dataset.info.attributes if name in table]
    found += [_of_words("modality", table["modality"]), _of_numbers("pixel_spacing_mm", _spacing(table), _mm)]
    found += [_of_numbers("picture size", _sides(table), _pixels)]
    if len(sizes := lesion_sizes(dataset, sample_ids)):
        measured = _of_numbers(LESION_SIZE, sizes, _mm2 if _has_spacing(table) else _share)
        found.append(replace(measured, unknown=Message(text=N_("none is marked"))))
    return tuple(one for one in found if len(one.groups) > 1)


def lesion_sizes(dataset: Dataset, sample_ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how large the marked finding is, ndarray of shape (n,).

    In mm², or where a pixel's width is not known for each image, as a share of the picture in [0, 1]. NaN
    where there is no mask. Empty where no image has one, or more than MOST_MASKS have.
    """
    table = dataset.samples.iloc[sample_ids]
    masked = table["lesion_mask"].notna().to_numpy()
    if not 0 < masked.sum() <= MOST_MASKS:
        return np.zeros(0)
    found = np.full(len(table), np.nan)
    in_mm = _has_spacing(table)
    for place in np.flatnonzero(masked):
        mask = dataset.lesion_mask(int(sample_ids[place]))
        if mask is not None and mask.any():
            row = table.iloc[place]
            scale = row["pixel_spacing_mm"] * row["row_spacing_mm"] if in_mm else 1 / mask.size
            found[place] = mask.sum() * scale
    return found


def _of_words(name: str, column: "pd.Series[Any]") -> Attribute:
    words = [None if pd.isna(value) else str(value) for value in column]
    counts = Counter(word for word in words if word is not None)
    if len(counts) > MOST_GROUPS and _are_numbers(counts):
        return _of_numbers(name, column.to_numpy(dtype=np.float64, na_value=np.nan), _plain)
    kept = [
        word
        for word, _n in counts.most_common(MOST_GROUPS if len(counts) <= MOST_GROUPS else MOST_GROUPS - 1)
    ]
    kept.sort(key=_in_order)
    places = {word: place for place, word in enumerate(kept)}
    codes = [-1 if word is None else places.get(word, len(kept)) for word in words]
    groups = [Message(text=N_("{value}"), values={"value": word}) for word in kept]
    if len(counts) > len(kept):
        groups.append(Message(text=_OTHERS, values={"n": len(counts) - len(kept)}))
    return Attribute(name, _title(name), np.array(codes, dtype=np.int64), tuple(groups))


def _of_numbers(name: str, values: NDArray[np.float64], shown: Callable[[float], str]) -> Attribute:
    """Cut numbers into parts of equal size, or keep them apart where there are no more than that."""
    known = values[np.isfinite(values)]
    different = np.unique(known)
    title = _title(name)
    if len(different) <= _PARTS:
        codes = np.where(np.isfinite(values), np.searchsorted(different, values), -1)
        words = tuple(Message(text=N_("{value}"), values={"value": shown(value)}) for value in different)
        return Attribute(name, title, codes.astype(np.int64), words)
    edges = np.unique(np.quantile(known, np.arange(1, _PARTS) / _PARTS))
    codes = np.where(np.isfinite(values), np.searchsorted(edges, values, side="right"), -1)
    used = [part for part in range(len(edges) + 1) if (codes == part).any()]
    renumbered = np.full(len(values), -1, dtype=np.int64)
    for place, part in enumerate(used):
        renumbered[codes == part] = place
    return Attribute(name, title, renumbered, tuple(_part(part, edges, shown) for part in used))


def _part(part: int, edges: NDArray[np.float64], shown: Callable[[float], str]) -> Message:
    if part == 0:
        return Message(text=N_("under {high}"), values={"high": shown(float(edges[0]))})
    if part == len(edges):
        return Message(text=N_("{low} and more"), values={"low": shown(float(edges[-1]))})
    values = {"low": shown(float(edges[part - 1])), "high": shown(float(edges[part]))}
    return Message(text=N_("{low} to {high}"), values=values)


def _title(name: str) -> Message:
    known = _TITLES.get(name) or _TITLES.get(name.strip().lower())
    if known is not None:
        return Message(text=known)
    return Message(text=N_("{value}"), values={"value": name})


def _are_numbers(words: Sequence[str] | Counter[str]) -> bool:
    return all(_in_order(word)[0] == 0 for word in words)


def _in_order(word: str) -> tuple[int, float, str]:
    """Return what sorts numbers by their size, before words by their letters and the numbers at their end."""
    try:
        return 0, float(word), word
    except ValueError:
        letters = word.rstrip("0123456789")
        number = word[len(letters) :]
        return 1, 0.0, letters + number.zfill(_DIGITS)


def _spacing(table: pd.DataFrame) -> NDArray[np.float64]:
    return table["pixel_spacing_mm"].to_numpy(dtype=np.float64, na_value=np.nan)


def _has_spacing(table: pd.DataFrame) -> bool:
    return bool(table["pixel_spacing_mm"].notna().all() and table["row_spacing_mm"].notna().all())


def _sides(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return each picture's longer side, in pixels."""
    longer: NDArray[np.float64] = table[["width", "height"]].max(axis=1).to_numpy(np.float64)
    return longer


def _plain(value: float) -> str:
    return f"{value:g}"


def _mm(value: float) -> str:
    return f"{value:.2f} mm"


def _mm2(value: float) -> str:
    return f"{value:.0f} mm²" if value < 1000 else f"{value / 100:.1f} cm²"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _pixels(value: float) -> str:
    return f"{value:.0f} px"
