"""What an epoch's batches are made of under each way to balance classes; no picture is read for it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.training.balance import class_weights
from core.training.config import Balance, TrainingConfig
from core.training.pipeline import divided

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
        In how many of the epoch's batches the rarest class has no image.
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
    n_absent: int
    n_different: NDArray[np.int64]
    n_there: NDArray[np.int64]
    most_often: NDArray[np.int64]
    weights: NDArray[np.float64]

    @property
    def n_never(self) -> int:
        """How many images the epoch does not show."""
        return int((self.n_there - self.n_different).sum())


def preview(
    labels: NDArray[np.int64], config: TrainingConfig, *, n_classes: int, most_batches: int = 20
) -> BalancePreview:
    """Make the first epoch's batches as a training with this config would, and count.

    Parameters
    ----------
    labels
        ndarray of shape (n,), int64: the class of each training image; at least one image.
    config
        Its balance, batch size and seed decide.
    n_classes
        All classes.
    most_batches
        How many batches `parts` holds at most.
    """
    codes = torch.from_numpy(labels)
    batches = divided(torch.arange(len(codes)), codes, config, epoch=1)
    counts = np.stack([_counted(labels[batch.numpy()], n_classes) for batch in batches])  # (n_batches, k)
    weights = np.ones(n_classes)
    if config.balance == "class weights":
        weights = class_weights(codes, n_classes).numpy().astype(np.float64)
    shown = np.bincount(torch.cat(batches).numpy(), minlength=len(labels))  # how often each image
    n_there = _counted(labels, n_classes)
    rarest = int(np.where(n_there > 0, n_there, len(labels) + 1).argmin())
    return BalancePreview(
        balance=config.balance,
        parts=_shares(counts[:most_batches] * weights),
        expected=_shares(counts.sum(axis=0, keepdims=True) * weights)[0],
        n_images=int(shown.sum()),
        n_batches=len(batches),
        n_absent=int((counts[:, rarest] == 0).sum()),
        n_different=_counted(labels[shown > 0], n_classes),
        n_there=n_there,
        most_often=np.array([shown[labels == code].max(initial=0) for code in range(n_classes)]),
        weights=weights,
    )


def thinned(labels: NDArray[np.int64], code: int, share: float, *, seed: int) -> NDArray[np.int64]:
    """Return the labels with one class made rare: its images are drawn by lot until they are `share` of all.

    At least one stays, and never more than there are; the images of the other classes all stay.
    """
    own = np.flatnonzero(labels == code)
    n_kept = round(share / (1 - share) * (len(labels) - len(own)))
    kept = np.random.default_rng(seed).permutation(own)[: max(1, n_kept)]
    return labels[np.sort(np.concatenate([np.flatnonzero(labels != code), kept]))]


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


def _counted(labels: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    return np.bincount(labels, minlength=n_classes).astype(np.int64)


def _shares(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = amounts / amounts.sum(axis=1, keepdims=True)
    return shares
