"""What to do where one class is rare: show it more often, show the others less, or let it weigh more.

All of it decides only which images an epoch shows, and how much each counts. The rows depend on the labels
and on a generator that the caller seeds with (seed, epoch), so a resumed run sees what an unbroken one would.

Each of the three teaches the network that the classes are equally frequent: its probabilities are then too
high for the rare class (Elkan 2001, IJCAI, theorem 2 gives the way back).
"""

import torch
from torch import Tensor

from core.training.config import Balance
from core.training.config.batches import images_an_epoch


def epoch_rows(labels: Tensor, balance: Balance, draws: torch.Generator) -> Tensor:
    """Return which images an epoch shows, not yet in random order.

    Parameters
    ----------
    labels
        Tensor of shape (n,), int64, on the CPU: the class of each training image.
    balance
        "over-sampling" shows each class as often as the largest one: every image n_largest // n_class times,
        and as many drawn by lot once more as are missing. "under-sampling" draws as many of each class as the
        smallest one has, each at most once. The other two show every image once.
    draws
        On the CPU; seeded with (seed, epoch).

    Returns
    -------
    Tensor of shape (m,), int64: indices into `labels`, class by class where it was drawn.
    """
    wanted = _of_each_class(labels, balance)
    if wanted is None:
        return torch.arange(len(labels))
    return torch.cat([_drawn(torch.nonzero(labels == code)[:, 0], n, draws) for code, n in wanted.items()])


def n_of_epoch(labels: Tensor, balance: Balance) -> int:
    """Return how many images an epoch shows, a repeated one counted as often as it is shown."""
    return images_an_epoch(torch.bincount(labels).tolist(), balance)


def class_weights(labels: Tensor, n_classes: int) -> Tensor:
    """Return how much an image of each class counts in the loss: n / (k n_c); the mean over images is 1.

    Parameters
    ----------
    labels
        Tensor of shape (n,), int64: the classes of the training images.
    n_classes
        All classes; k counts those that have an image, and the others weigh nothing.

    Returns
    -------
    Tensor of shape (n_classes,), float32: scikit-learn's "balanced" (King and Zeng 2001, Political Analysis
    9:137).
    """
    counts = torch.bincount(labels, minlength=n_classes).to(torch.float64)
    weights = counts.sum() / ((counts > 0).sum() * counts)
    return torch.where(counts > 0, weights, 0.0).to(torch.float32)


def _of_each_class(labels: Tensor, balance: Balance) -> dict[int, int] | None:
    """Return how many images of each class are to be shown; None where each is shown once."""
    if balance not in ("over-sampling", "under-sampling"):
        return None
    counts = torch.bincount(labels)
    present = [code for code, count in enumerate(counts.tolist()) if count]
    n = int(counts.max()) if balance == "over-sampling" else int(counts[present].min())
    return dict.fromkeys(present, n)


def _drawn(rows: Tensor, n: int, draws: torch.Generator) -> Tensor:
    """Return n of the rows: all of them as often as they fit in, and as many by lot as are missing."""
    whole, missing = divmod(n, len(rows))
    by_lot = rows[torch.randperm(len(rows), generator=draws)[:missing]]
    return torch.cat([rows.repeat(whole), by_lot])
