"""What is known of an epoch under a way to balance classes, and how a class is made rare to learn it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.training.config import Balance

BALANCES: Final[tuple[Balance, ...]] = ("plain", "over-sampling", "under-sampling", "class weights")


@dataclass(frozen=True, eq=False)
class BalancePreview:
    """One epoch under one way to balance k classes.

    Attributes
    ----------
    parts
        ndarray of shape (b, k), float64: the share of each class in what the first b batches teach. With
        class weights an image counts as much as its weight, else as 1; each row adds up to 1.
    expected
        ndarray of shape (k,), float64: the same share over the whole epoch.
    n_images, n_batches
        Of the epoch; a repeated image counts as often as it is shown.
    n_absent
        ndarray of shape (k,), int64: in how many of the epoch's batches a class has no image.
    n_different
        ndarray of shape (k,), int64: how many different images of each class the epoch shows.
    n_there
        ndarray of shape (k,), int64: how many there are.
    most_often
        ndarray of shape (k,), int64: how often the epoch shows the image of a class that it shows most.
    weights
        ndarray of shape (k,), float64: how much an image of each class counts in the loss.
    """

    balance: Balance
    parts: NDArray[np.float64]
    expected: NDArray[np.float64]
    n_images: int
    n_batches: int
    n_absent: NDArray[np.int64]
    n_different: NDArray[np.int64]
    n_there: NDArray[np.int64]
    most_often: NDArray[np.int64]
    weights: NDArray[np.float64]

    @property
    def n_never(self) -> int:
        """How many images the epoch does not show."""
        return int((self.n_there - self.n_different).sum())


def thinned(labels: NDArray[np.int64], code: int, share: float, *, seed: int) -> NDArray[np.int64]:
    """Return the labels with one class made rare: its images are drawn by lot until they are `share` of all.

    At least one stays, and never more than there are; the images of the other classes all stay.
    """
    own = np.flatnonzero(labels == code)
    n_kept = round(share / (1 - share) * (len(labels) - len(own)))
    kept = np.random.default_rng(seed).permutation(own)[: max(1, n_kept)]
    rows = np.sort(np.concatenate([np.flatnonzero(labels != code), kept]))
    thin: NDArray[np.int64] = labels[rows]
    return thin


def true_share(balanced: float, prevalence: float) -> float:
    """Return what a probability learned from equally frequent classes means where the class is rare.

    Elkan 2001, IJCAI, theorem 2, from a base rate of 1/2 to `prevalence`.

    Parameters
    ----------
    balanced
        What the network says, in [0, 1].
    prevalence
        The share of the class where the network is used, in (0, 1).
    """
    rare, common = balanced * prevalence, (1 - balanced) * (1 - prevalence)
    return rare / (rare + common)
