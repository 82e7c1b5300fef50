"""The first filters that a run has learned, read without torch."""

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from core.runs.store import Run

_FIRST = "blocks.0.convolution.weight"  # of small_cnn


def first_filters(run: Run) -> NDArray[np.float32] | None:
    """Return the 3 x 3 kernels of a run's first layer.

    Returns
    -------
    ndarray of shape (n, 3, 3), float32, or None where the first layer has no 3 x 3 kernels on one channel.
    """
    if not run.has_model or run.card.model != "small_cnn" or run.card.n_channels != 1:
        return None
    weights: NDArray[np.float32] = load_file(run.folder / "best.safetensors")[_FIRST]  # (n, 1, 3, 3)
    return weights[:, 0].astype(np.float32)
