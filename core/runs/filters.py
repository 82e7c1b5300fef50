"""The first filters that a run has learned, read without torch."""

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from core.models.catalog import MODELS
from core.runs.store import Run

_SIDE = 3  # of the kernels that a lesson slides by hand


def first_filters(run: Run) -> NDArray[np.float32] | None:
    """Return the 3 x 3 kernels of a run's first layer on one channel.

    Returns
    -------
    ndarray of shape (n, 3, 3), float32, or None where the run is not small_cnn's or has colours.
    """
    # The lesson steps them as that network does: with zeros around, one place at a time.
    if not run.has_model or run.card.model != "small_cnn" or run.card.n_channels != 1:
        return None
    weights = first_weights(run)
    if weights is None or weights.shape[1:] != (1, _SIDE, _SIDE):
        return None
    return weights[:, 0]


def first_weights(run: Run) -> NDArray[np.float32] | None:
    """Return the weights of the convolution that meets the image.

    Returns
    -------
    ndarray of shape (n, C, h, w), float32, or None where there is no such convolution or no trained network.
    """
    if not run.has_model or run.card.model not in MODELS:
        return None
    name = MODELS[run.card.model].first_convolution
    if name is None:
        return None
    try:
        with safe_open(run.folder / "best.safetensors", framework="numpy") as file:
            weights: NDArray[np.float32] = file.get_tensor(f"{name}.weight").astype(np.float32)
    except (SafetensorError, OSError):
        return None  # who loads the network says what is wrong with it
    return weights
