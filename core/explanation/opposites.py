"""The smallest region found whose blurring changes what a network calls an image.

What is blurred is the network's input, by one Gaussian, so that no detail of the region remains. Three
rounds:

1. squares, from a tenth of the input's side up to half of its area, at all places half a side apart; the
   first size of which one changes the call is taken, and there the square that changes it most;
2. the cells of a grid of 8 x 8, each blurred alone, then added up in the order of what each did, until the
   call changes or the square is as small;
3. of the smaller one, cells of a fine grid are given back one by one, as long as the call stays changed.

It is the smallest that was tried, no more: other shapes and other ways of painting give other regions. It is
not "the cause": a blurred image is one that the network was never shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import softmax

Ask = Callable[[Iterator[NDArray[np.float32]]], NDArray[np.float32]]
Call = Callable[[NDArray[np.floating]], NDArray[np.int64]]
Progress = Callable[[float], None]
Shape = Literal["square", "cells"]
Mask = NDArray[np.bool_]

MOST_AREA: Final = 0.5  # of the input: what is larger is no region any more
BLUR: Final = 0.125  # standard deviation of the Gaussian, as a share of the input's shorter side
_SIDES: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)
_GRID: Final = 8
_FINE: Final = 16
_TOLD: Final = 16  # images between two words about progress
_SHARES: Final = (0.7, 0.9)  # of the work that is done after the squares, and after the cells


@dataclass(frozen=True, eq=False)
class Opposite:
    """What was found.

    Attributes
    ----------
    mask
        ndarray of shape (H, W), bool, on the network's input: the region; None where none up to half of the
        input changes the call.
    shape
        How it was found: as a square or as a union of cells.
    inputs, changed
        ndarrays of shape (C, H, W), float32: what the network gets, and the same with the region blurred; or
        all of it where no region was found.
    before, after
        ndarrays of shape (k,), float32: the probabilities of the two.
    called_before, called_after
        The classes.
    n_tried
        How many blurred inputs the network was asked about.
    n_same_size, n_flips
        Squares of the size of the first that changed the call, and how many of them did: with many, no place
        is special.
    """

    mask: Mask | None
    shape: Shape
    inputs: NDArray[np.float32]
    changed: NDArray[np.float32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    called_before: int
    called_after: int
    n_tried: int
    n_same_size: int = 0
    n_flips: int = 0

    @property
    def area(self) -> float:
        """The region's share of the input; 0 where there is none."""
        return 0.0 if self.mask is None else float(self.mask.mean())


def smallest_flip(
    inputs: NDArray[np.float32],
    ask: Ask,
    call: Call,
    *,
    progress: Progress = lambda fraction: None,
) -> Opposite:
    """Look for the smallest blurred region that changes the call.

    Parameters
    ----------
    inputs
        ndarray of shape (C, H, W), float32: what the network gets.
    ask
        Inputs to logits (n, k); core.evaluation.predictions.logits_of with a network.
    call
        Probabilities (n, k) to classes (n,); core.evaluation.decisions.decide_scores with a threshold.
    progress
        Called with the fraction that is done; what it raises ends the search.
    """
    search = _Search(inputs, ask, call, progress)
    found = _squares(search)
    cells = _cells(search, most=MOST_AREA if found is None else float(found.mean()))
    progress(_SHARES[1])
    shape: Shape = "square"
    if cells is not None and (found is None or cells.mean() < found.mean()):
        found, shape = cells, "cells"
    if found is not None:
        found = _given_back(search, found)
    progress(1.0)
    shown = np.ones(inputs.shape[1:], dtype=np.bool_) if found is None else found
    after = search.answers([shown])
    return Opposite(
        mask=found,
        shape=shape,
        inputs=inputs,
        changed=search.with_blurred(shown),
        before=search.before,
        after=after[0],
        called_before=search.called,
        called_after=int(call(after)[0]),
        n_tried=search.n_tried,
        n_same_size=search.n_same_size,
        n_flips=search.n_flips,
    )


def blurred_view(pixels: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Return a picture (H, W) or (H, W, 3), uint8, with a region (H, W) blurred as the search blurs it."""
    there = mask if pixels.ndim == mask.ndim else mask[..., None]
    return np.where(there, _blurred(pixels.astype(np.float32), (0, 1)).round(), pixels).astype(np.uint8)


def _blurred(values: NDArray[np.float32], axes: tuple[int, int]) -> NDArray[np.float32]:
    sigma = BLUR * min(values.shape[axis] for axis in axes)
    blurred: NDArray[np.float32] = gaussian_filter(values, sigma, mode="nearest", axes=axes)
    return blurred


class _Search:
    """An input, its blurred twin, and what the network says of mixtures of the two."""

    def __init__(self, inputs: NDArray[np.float32], ask: Ask, call: Call, progress: Progress) -> None:
        self.inputs, self._ask, self._call, self.progress = inputs, ask, call, progress
        self._blurred = _blurred(inputs, (1, 2))
        self.before: NDArray[np.float32] = self._probabilities(iter([inputs]))[0]
        self.called = int(call(self.before[None])[0])
        self.n_tried = self.n_same_size = self.n_flips = 0

    def with_blurred(self, mask: Mask) -> NDArray[np.float32]:
        """Return the input with a region blurred."""
        return np.where(mask, self._blurred, self.inputs)

    def answers(self, masks: list[Mask], part: tuple[float, float] | None = None) -> NDArray[np.float32]:
        """Return the probabilities (n, k) when each of n regions is blurred; `part` of the work is told."""
        self.n_tried += len(masks)
        return self._probabilities(self._mixed(masks, part))

    def _mixed(self, masks: list[Mask], part: tuple[float, float] | None) -> Iterator[NDArray[np.float32]]:
        for place, mask in enumerate(masks):
            if part is not None and place % _TOLD == 0:
                self.progress(part[0] + (part[1] - part[0]) * place / len(masks))
            yield self.with_blurred(mask)

    def flips(self, answers: NDArray[np.float32]) -> Mask:
        """Return which of n answers are called otherwise than the image: ndarray of shape (n,)."""
        flips: Mask = self._call(answers) != self.called
        return flips

    def _probabilities(self, inputs: Iterator[NDArray[np.float32]]) -> NDArray[np.float32]:
        probabilities: NDArray[np.float32] = softmax(self._ask(inputs), axis=1).astype(np.float32)
        return probabilities


def _squares(search: _Search) -> Mask | None:
    height, width = search.inputs.shape[1:]
    sizes = [
        _placed((height, width), max(1, round(share * height)), max(1, round(share * width)))
        for share in _SIDES
    ]
    n_all, n_before = sum(map(len, sizes)), 0
    for masks in sizes:
        part = (_SHARES[0] * n_before / n_all, _SHARES[0] * (n_before + len(masks)) / n_all)
        n_before += len(masks)
        answers = search.answers(masks, part)
        flips = search.flips(answers)
        if flips.any():
            search.n_same_size, search.n_flips = len(masks), int(flips.sum())
            return masks[int(np.where(flips, answers[:, search.called], np.inf).argmin())]
    return None


def _placed(shape: tuple[int, int], down: int, across: int) -> list[Mask]:
    """Return all places of a rectangle half its side apart, those at the edges too."""
    masks = []
    for top in _starts(shape[0], down):
        for left in _starts(shape[1], across):
            mask = np.zeros(shape, dtype=np.bool_)
            mask[top : top + down, left : left + across] = True
            masks.append(mask)
    return masks


def _starts(length: int, side: int) -> list[int]:
    last = length - side
    return sorted({*range(0, last + 1, max(1, side // 2)), last})


def _cells(search: _Search, *, most: float) -> Mask | None:
    """Add cells in the order of what each does alone, until the call changes or the area is `most`."""
    cells = _grid(search.inputs.shape[1:], _GRID)
    alone = search.answers(cells, _SHARES)[:, search.called]
    union, unions = np.zeros_like(cells[0]), []
    for place in np.argsort(alone, kind="stable"):
        union = union | cells[int(place)]
        if union.mean() > most:
            break
        unions.append(union)
    flips = search.flips(search.answers(unions)) if unions else np.zeros(0, dtype=np.bool_)
    return unions[int(flips.argmax())] if flips.any() else None


def _given_back(search: _Search, found: Mask) -> Mask:
    """Sharpen cells of a fine grid again, those that matter least first, while the call stays changed."""
    cells = [cell & found for cell in _grid(search.inputs.shape[1:], _FINE)]
    cells = [cell for cell in cells if cell.any()]
    less = search.answers([found & ~cell for cell in cells])[:, search.called]
    for n_done, place in enumerate(np.argsort(less, kind="stable")):
        search.progress(_SHARES[1] + (1 - _SHARES[1]) * n_done / len(cells))
        smaller = found & ~cells[int(place)]
        if smaller.any() and search.flips(search.answers([smaller]))[0]:
            found = smaller
    return found


def _grid(shape: tuple[int, ...], n: int) -> list[Mask]:
    """Cut an area of `shape` (H, W) into n x n cells, or into its pixels where it has fewer."""
    height, width = shape
    rows = np.arange(height) * min(n, height) // height
    columns = np.arange(width) * min(n, width) // width
    number = rows[:, None] * min(n, width) + columns[None]
    return [number == cell for cell in range(int(number.max()) + 1)]
