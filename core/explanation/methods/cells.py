"""Cut an image into cells: squares of a grid, or patches that follow its edges."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from core.explanation.passes import cells_per_side
from core.explanation.question import Question

_N_ROUNDS = 10  # Achanta and others, section 3.2: ten are enough for most images
_COMPACTNESS = 0.5  # how far apart grey levels count against places; 0 gives squares


def cells_of(question: Question) -> tuple[Tensor, tuple[int, int]]:
    """Return the cell of each pixel, (H, W), int64 from 0 without gaps, and the shape of the grid.

    The shape of patches is that of the image: they stand on no grid.
    """
    height, width = question.inputs.shape[2:]
    side = cells_per_side(question.settings, min(height, width))
    labels = grid((height, width), side)
    shape = (side, side)
    if question.settings.cells == "superpixels":
        grey = question.inputs.detach().mean(dim=1)[0].cpu().numpy()
        labels, shape = superpixels(grey, labels), (height, width)
    return torch.from_numpy(labels).to(question.inputs.device), shape


def grid(shape: tuple[int, int], side: int) -> NDArray[np.int64]:
    """Return the number of each pixel's cell in a grid of `side` x `side`: ndarray (H, W)."""
    rows, columns = (np.arange(length) * side // length for length in shape)
    labels: NDArray[np.int64] = rows[:, None] * side + columns[None, :]
    return labels


def superpixels(grey: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move the cells `labels` (H, W) until they follow the edges of `grey` (H, W): k-means on place and grey.

    As SLIC does (Achanta and others 2012, doi:10.1109/TPAMI.2012.120), but over the whole image and without
    joining stray pixels to a neighbour.
    """
    height, width = grey.shape
    n_cells = int(labels.max()) + 1
    step = (height * width / n_cells) ** 0.5
    rows, columns = np.mgrid[:height, :width]
    spread = float(grey.std()) or 1.0
    points = np.stack([rows / step, columns / step, _COMPACTNESS * grey / spread], axis=-1).reshape(-1, 3)
    found = labels.ravel()
    for _ in range(_N_ROUNDS):
        counts = np.bincount(found)
        sums = [np.bincount(found, weights=points[:, axis]) for axis in range(3)]
        centres = (np.stack(sums) / counts).T  # (n_cells, 3)
        found = np.unique(cKDTree(centres).query(points)[1], return_inverse=True)[
            1
        ]  # empty ones are left out
    return found.reshape(height, width).astype(np.int64)
