"""What an epoch's batches are made of under each way to balance classes; no picture is read for it."""

import numpy as np
import torch
from numpy.typing import NDArray

from core.training.balance import class_weights
from core.training.balance_records import BalancePreview
from core.training.config import TrainingConfig
from core.training.pipeline import divided


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
    return BalancePreview(
        balance=config.balance,
        parts=_shares(counts[:most_batches] * weights),
        expected=_shares(counts.sum(axis=0, keepdims=True) * weights)[0],
        n_images=int(shown.sum()),
        n_batches=len(batches),
        n_absent=(counts == 0).sum(axis=0),
        n_different=_counted(labels[shown > 0], n_classes),
        n_there=n_there,
        most_often=np.array([shown[labels == code].max(initial=0) for code in range(n_classes)]),
        weights=weights,
    )


def _counted(labels: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    return np.bincount(labels, minlength=n_classes).astype(np.int64)


def _shares(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = amounts / amounts.sum(axis=1, keepdims=True)
    return shares
