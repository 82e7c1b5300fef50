"""How well somebody guessed where the evidence is: what painting the guess out does to the probability.

A painted image is one that the network has never seen, so that any paint may move the answer. What the guess
does is therefore held against regions of the same shape at places drawn by lot.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.ndimage import find_objects, label

from core.explanation.painting import How, painted
from core.images.records import MedicalImage
from core.transforms.preprocessing.picture import Extent

N_PLACES: Final = 12
_TRIES: Final = 60  # places drawn for a region before it is said that there is no room

Ask = Callable[[Sequence[MedicalImage]], NDArray[np.floating]]


class Drops(BaseModel):
    """What the probability of a class was, and what it is with regions painted out; each in [0, 1].

    Attributes
    ----------
    before
        On the image as it is.
    guess
        With the guess painted out.
    elsewhere
        With a region of the guess's shape and size painted out at a place drawn by lot, for each of up to
        N_PLACES places that do not touch the guess; empty where there is no room for one.
    truth
        With what is known to be the finding painted out; None where nobody knows.
    """

    model_config = ConfigDict(frozen=True)

    before: float
    guess: float
    elsewhere: tuple[float, ...] = ()
    truth: float | None = None

    @property
    def drop(self) -> float:
        """By how much the guess lowers the probability; below 0 it raises it."""
        return self.before - self.guess

    @property
    def mean_drop_elsewhere(self) -> float | None:
        """By how much the regions elsewhere lower it on average."""
        return self.before - float(np.mean(self.elsewhere)) if self.elsewhere else None

    @property
    def n_elsewhere_as_large(self) -> int:
        """How many of the regions elsewhere lower it as much as the guess does, or more."""
        return sum(self.before - after >= self.drop for after in self.elsewhere)


def measure_drops(
    ask: Ask,
    image: MedicalImage,
    guess: NDArray[np.bool_],
    truth: NDArray[np.bool_] | None,
    *,
    how: How = "blur",
    extent: Extent | None = None,
    seed: int = 0,
) -> Drops:
    """Paint the guess out, regions like it elsewhere, and the finding where it is known.

    Parameters
    ----------
    ask
        Gives the probability of the class for each of n images, ndarray of shape (n,).
    image
        The image that was guessed on.
    guess, truth
        ndarray of shape (H, W), bool: what was marked, and where the finding is; None or empty where that is
        not known.
    how
        What is painted.
    extent
        Which part of the image the network sees: no place is drawn outside of it. None means all.
    seed
        Decides the places.
    """
    has_truth = truth is not None and bool(truth.any())
    masks = [guess, *places_like(guess, extent=extent or Extent(), seed=seed)]
    if truth is not None and has_truth:
        masks.append(truth)
    answers = [float(value) for value in ask([image, *(painted(image, mask, how) for mask in masks)])]
    before, guessed, *others = answers
    elsewhere = others[:-1] if has_truth else others
    return Drops(
        before=before, guess=guessed, elsewhere=tuple(elsewhere), truth=others[-1] if has_truth else None
    )


def places_like(
    mask: NDArray[np.bool_], *, extent: Extent, seed: int, n: int = N_PLACES
) -> list[NDArray[np.bool_]]:
    """Return a region moved to up to `n` places drawn by lot.

    Each connected part is moved by itself and keeps its shape and size; no part touches the region or another
    part. Places where there is no room are left out: of a large region there may be none.
    """
    height, width = mask.shape
    rows = (max(0, round(extent.top * height)), min(height, round(extent.bottom * height)))
    columns = (max(0, round(extent.left * width)), min(width, round(extent.right * width)))
    lots = np.random.default_rng(seed)
    moved = (_moved(mask, rows, columns, lots) for _number in range(n))
    return [place for place in moved if place is not None]


def _moved(
    mask: NDArray[np.bool_], rows: tuple[int, int], columns: tuple[int, int], lots: np.random.Generator
) -> NDArray[np.bool_] | None:
    labels, _n = label(mask, structure=np.ones((3, 3)))
    taken, moved = mask.copy(), np.zeros_like(mask)
    for number, part in enumerate(find_objects(labels), start=1):
        shape = labels[part] == number
        tops = rows[1] - rows[0] - shape.shape[0] + 1
        lefts = columns[1] - columns[0] - shape.shape[1] + 1
        if tops < 1 or lefts < 1:
            return None
        for _try in range(_TRIES):
            top, left = rows[0] + int(lots.integers(tops)), columns[0] + int(lots.integers(lefts))
            place = (slice(top, top + shape.shape[0]), slice(left, left + shape.shape[1]))
            if not (taken[place] & shape).any():
                taken[place] |= shape
                moved[place] |= shape
                break
        else:
            return None
    return moved


def covered_share(guess: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return which part of the finding the guess covers, 0 to 1; both are ndarrays of shape (H, W), bool."""
    return float((guess & truth).sum() / truth.sum()) if truth.any() else 0.0
