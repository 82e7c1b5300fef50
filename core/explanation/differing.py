"""Where two networks' evidence on one image differs. No torch here."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

from core.explanation.picture import on_image
from core.explanation.records import Attribution
from core.language import N_

Map = NDArray[np.float32]

_THIRDS: Final = 3
_PLACE: Final = 0.05  # of the shorter side: a Gaussian's standard deviation
PLACES: Final = (
    (N_("upper left"), N_("upper middle"), N_("upper right")),
    (N_("left of the middle"), N_("middle"), N_("right of the middle")),
    (N_("lower left"), N_("lower middle"), N_("lower right")),
)


@dataclass(frozen=True, eq=False)
class Differing:
    """Two maps of one image, compared where both networks saw it.

    Attributes
    ----------
    difference
        ndarray of shape (H, W), float32; NaN where one of them did not see the image. Each map is divided by
        the sum of its sizes there first, so that both have one vote: above 0 the first leans more on a place,
        below 0 the second.
    correlation
        Of the ranks of the values (Spearman), -1 to 1; None where a map is the same everywhere.
    common
        Share of what speaks for the class that the two have in common, 0 to 1: the sum of the smaller of the
        two. None where a map says nothing for it.
    first_more, second_more
        Keys of PLACES: in which ninth of the picture one leans furthest beyond the other, counted over places
        about a tenth of its side wide; None where there is no such place.
    """

    difference: Map
    correlation: float | None
    common: float | None
    first_more: str | None
    second_more: str | None


def compare_maps(first: Attribution, second: Attribution, shape: tuple[int, int]) -> Differing:
    """Compare two maps of one image of `shape` (H, W)."""
    one, other = (on_image(answer.values, shape, answer.extent) for answer in (first, second))
    seen = np.isfinite(one) & np.isfinite(other)
    one, other = (_one_vote(values, seen) for values in (one, other))
    difference = np.where(seen, one - other, np.nan).astype(np.float32)
    sigma = _PLACE * min(shape)
    around = gaussian_filter(np.nan_to_num(difference).astype(np.float64), sigma, mode="constant")
    return Differing(
        difference=difference,
        correlation=_correlation(one[seen], other[seen]),
        common=_common(np.maximum(one[seen], 0), np.maximum(other[seen], 0)),
        first_more=_place(around),
        second_more=_place(-around),
    )


def _one_vote(values: Map, seen: NDArray[np.bool_]) -> Map:
    total = float(np.abs(values[seen]).astype(np.float64).sum())
    return (values / total).astype(np.float32) if total > 0 and np.isfinite(total) else np.zeros_like(values)


def _correlation(one: Map, other: Map) -> float | None:
    if one.size < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])


def _common(one: Map, other: Map) -> float | None:
    totals = float(one.sum(dtype=np.float64)), float(other.sum(dtype=np.float64))
    if min(totals) == 0:
        return None
    return float(np.minimum(one / totals[0], other / totals[1]).sum(dtype=np.float64))


def _place(values: NDArray[np.float64]) -> str | None:
    """Return in which ninth of the picture the largest value lies: (H, W) -> a key of PLACES."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    if values[row, column] <= 0:
        return None
    return PLACES[int(row) * _THIRDS // values.shape[0]][int(column) * _THIRDS // values.shape[1]]
