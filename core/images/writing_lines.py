"""Find what looks like a line of writing near the border of a picture: small, quick, and no reader of text.

A letter is a cluster of thin strokes: pixels that are brighter (or darker) than both neighbours three pixels
to the left and right, or above and below. A line of writing is four letters or more of like height that stand
on one base line, or hang from one top line, at most 1.4 heights apart. Looked for at two scales.

Covers: horizontal print of about 9 to 60 pixels in height, bright on dark or dark on bright. How often it
hits and how often it is wrong stands in docs/decisions and in tests/test_images_burned_in.py.
Does not cover: handwriting, vertical print, faint print, print away from the border, single letters such as
the side markers of films. It finds; it can never clear a picture.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_STROKE: Final = 3  # pixels: strokes are at most this wide, at one of the two scales
_LOWEST, _HIGHEST = 28, 100  # grey levels of 255 by which a stroke stands out; between them, by the picture
_SHARE: Final = 0.98  # of the pixels stand out less: speckle raises the bar for itself
_BORDER: Final = 0.25  # of the height or width counts as near the border
_HEIGHTS: Final = (4, 40)  # of a letter, in pixels at one scale
_SMALLEST: Final = 6  # pixels of a letter's strokes
_FILLED: Final = (0.15, 0.95)  # part of its box that the strokes of a letter cover
_MOST_LIKE: Final = 1.7  # between the heights of neighbours
_LETTERS: Final = 4  # in a line
_MOST_LETTERS: Final = 400  # that are looked at, from the top
_MOST_SIDE: Final = 1536  # larger pictures are thinned out first
_AROUND: Final = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class _Clusters:
    """Clusters of strokes: ndarrays of shape (N,); boxes end before `bottom` and `right`."""

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    area: NDArray[np.float64]
    n_runs: NDArray[np.float64]  # horizontal runs of pixels: a wide cluster of letters has many

    @property
    def height(self) -> NDArray[np.float64]:
        return self.bottom - self.top

    @property
    def width(self) -> NDArray[np.float64]:
        return self.right - self.left

    def __getitem__(self, chosen: NDArray[np.intp]) -> "_Clusters":
        return _Clusters(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def has_writing(grey: NDArray[np.uint8]) -> bool:
    """Tell whether something like a line of writing stands near the border.

    Parameters
    ----------
    grey
        ndarray of shape (H, W), uint8: the picture as it is shown.
    """
    step = -(-max(grey.shape) // _MOST_SIDE)
    fine = np.ascontiguousarray(grey[::step, ::step])
    return _in_one_scale(fine) or _in_one_scale(_halved(fine))


def _in_one_scale(grey: NDArray[np.uint8]) -> bool:
    if min(grey.shape) < 8 * _STROKE:
        return False
    return any(_has_line(_standing_out(response)) for response in _strokes(grey))


def _strokes(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return by how much each pixel is brighter than both its neighbours, and darker: two of shape (H, W)."""
    bright, dark = np.zeros_like(grey), np.zeros_like(grey)
    far = 2 * _STROKE
    for middle, before, after in (
        (np.s_[:, _STROKE:-_STROKE], np.s_[:, :-far], np.s_[:, far:]),
        (np.s_[_STROKE:-_STROKE], np.s_[:-far], np.s_[far:]),
    ):
        here = grey[middle]
        high, low = np.maximum(grey[before], grey[after]), np.minimum(grey[before], grey[after])
        # uint8 does not go below 0: take the smaller one away
        np.maximum(bright[middle], here - np.minimum(here, high), out=bright[middle])
        np.maximum(dark[middle], low - np.minimum(here, low), out=dark[middle])
    return bright, dark


def _standing_out(response: NDArray[np.uint8]) -> NDArray[np.bool_]:
    sample = response[::4, ::4].ravel()
    place = int(_SHARE * sample.size)
    usual = float(np.partition(sample, place)[place])
    return np.asarray(response > min(max(_LOWEST, usual), _HIGHEST))


def _has_line(mask: NDArray[np.bool_]) -> bool:
    # Most pictures end at one of the first three questions: each costs much less than the next.
    if np.count_nonzero(mask) < _LETTERS * _SMALLEST:
        return False
    found = _clusters(mask)
    n_letters = _letters(found, mask.shape)
    chosen = np.flatnonzero(n_letters)[:_MOST_LETTERS]
    if n_letters[chosen].sum() < _LETTERS:
        return False
    letters, n_letters = found[chosen], n_letters[chosen]
    beside = _neighbours(letters)
    if n_letters[beside.any(axis=0) | beside.any(axis=1)].sum() < _LETTERS and n_letters.max() < _LETTERS:
        return False
    line_of = _lines(beside)
    in_line = np.bincount(line_of, weights=n_letters)
    long_lines = np.flatnonzero(in_line >= _LETTERS)
    return any(_is_straight(letters[np.flatnonzero(line_of == line)]) for line in long_lines)


def _clusters(mask: NDArray[np.bool_]) -> _Clusters:
    labels, n = ndimage.label(mask, structure=_AROUND)
    rows, columns = np.divmod(np.flatnonzero(mask), mask.shape[1])  # by rows, and in each by columns
    owner = labels[rows, columns] - 1
    top, bottom, left, right = (np.zeros(n) for _ in range(4))
    top[owner[::-1]], bottom[owner] = rows[::-1], rows + 1  # of equal indices the last one stays
    by_column = np.argsort(columns, kind="stable")
    left[owner[by_column][::-1]], right[owner[by_column]] = columns[by_column][::-1], columns[by_column] + 1
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1] + 1)
    area, n_runs = np.bincount(owner, minlength=n), np.bincount(owner, weights=begins, minlength=n)
    return _Clusters(top, bottom, left, right, area.astype(np.float64), n_runs.astype(np.float64))


def _letters(found: _Clusters, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return how many letters each cluster may be, ndarray of shape (N,); 0 for what is none."""
    height, width = found.height, found.width
    filled = found.area / (height * width)
    middle_y, middle_x = (found.top + found.bottom) / 2 / shape[0], (found.left + found.right) / 2 / shape[1]
    away = np.minimum(np.minimum(middle_y, 1 - middle_y), np.minimum(middle_x, 1 - middle_x))
    fits = (away < _BORDER) & (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (found.area >= _SMALLEST)
    fits &= (filled > _FILLED[0]) & (filled < _FILLED[1])
    is_wide = width > 1.6 * height  # letters that touch: as many as their strokes make believable
    several = np.floor(width / (0.8 * height))
    n_letters = np.where(is_wide, np.where(found.n_runs / height >= 0.9 * several, several, 0), 1)
    return np.where(fits, n_letters, 0).astype(np.float64)


def _neighbours(letters: _Clusters) -> NDArray[np.bool_]:
    """Return which could follow which in a line of writing, ndarray of shape (N, N)."""
    height = letters.height
    lower, higher = np.minimum.outer(height, height), np.maximum.outer(height, height)
    gap = np.subtract.outer(letters.left, letters.right).T  # from the right of one to the left of the other
    tolerance = 0.25 * lower + 0.5
    level = np.abs(np.subtract.outer(letters.bottom, letters.bottom)) <= tolerance
    level |= np.abs(np.subtract.outer(letters.top, letters.top)) <= tolerance
    return np.asarray(level & (gap > -0.3 * lower) & (gap <= 1.4 * higher) & (higher <= _MOST_LIKE * lower))


def _lines(beside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each letter the first letter of its line, ndarray of shape (N,): who is beside whom."""
    either = beside | beside.T | np.eye(len(beside), dtype=bool)
    line_of = np.arange(len(beside))
    while True:  # the smallest number spreads from neighbour to neighbour
        spread = np.where(either, line_of, len(beside)).min(axis=1)
        if (spread == line_of).all():
            return line_of
        line_of = spread[spread]


def _is_straight(line: _Clusters) -> bool:
    return bool(line.bottom.max() - line.top.min() <= 2 * np.median(line.height))


def _halved(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = grey.shape[0] // 2 * 2, grey.shape[1] // 2 * 2
    even, odd = grey[:height:2], grey[1:height:2]
    total = even[:, :width:2].astype(np.uint16) + even[:, 1:width:2] + odd[:, :width:2] + odd[:, 1:width:2]
    return np.asarray(total >> 2, dtype=np.uint8)
