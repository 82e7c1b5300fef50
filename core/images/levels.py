"""The grey levels of an image: how often each occurs, and what a window does to them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.images.records import MedicalImage, Window
from core.language import N_

# Radiology's usual windows for CT, in Hounsfield units: what each is for is in its name.
CT_WINDOWS: Final[dict[str, Window]] = {
    N_("Lung"): Window(center=-600, width=1500),
    N_("Soft tissue"): Window(center=40, width=400),
    N_("Bone"): Window(center=400, width=1800),
    N_("Brain"): Window(center=40, width=80),
}


@dataclass(frozen=True, eq=False)
class GreyLevels:
    """How often each value occurs.

    Attributes
    ----------
    edges
        ndarray of shape (n_bins + 1,), in the image's units.
    counts
        ndarray of shape (n_channels, n_bins), int64: pixels.
    black, white
        The values from which on everything is black, or white.
    share_black, share_white
        The parts of the pixels that lie outside and can no longer be told apart, from 0 to 1.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    black: float
    white: float
    share_black: float
    share_white: float


def count_levels(image: MedicalImage, window: Window | None = None, *, most_bins: int = 256) -> GreyLevels:
    """Count the values of an image and hold them against a window.

    Parameters
    ----------
    image
        Any image.
    window
        None means the image's own first window, or its value range if it has none, as in
        `core.images.display.to_unit`.
    most_bins
        Whole values share a bin only where there are more of them than this.
    """
    black, white = window_limits(image, window)
    planes = image.values if image.is_colour else image.values[:, :, None]
    edges = _edges(planes, min(black, float(planes.min())), max(white, float(planes.max())), most_bins)
    flat = planes.reshape(-1, planes.shape[2]).T.astype(np.float64)  # (H, W, C) -> (C, H * W)
    counts = np.stack([np.histogram(plane, edges)[0] for plane in flat])
    low, high = float((flat < black).mean()), float((flat > white).mean())
    return GreyLevels(
        edges=edges,
        counts=counts.astype(np.int64),
        black=white if image.inverted else black,
        white=black if image.inverted else white,
        share_black=high if image.inverted else low,
        share_white=low if image.inverted else high,
    )


def window_limits(image: MedicalImage, window: Window | None = None) -> tuple[float, float]:
    """Return the lowest and the highest value that a window tells apart: DICOM PS3.3 C.11.2.1.2.

    A SIGMOID has no such ends; those of the linear window with the same centre and width stand for them.
    """
    chosen = window or (image.windows[0] if image.windows else None)
    if chosen is None:
        return image.value_range
    if chosen.function == "LINEAR":
        half = (chosen.width - 1) / 2
        return chosen.center - 0.5 - half, chosen.center - 0.5 + half
    return chosen.center - chosen.width / 2, chosen.center + chosen.width / 2


def unit_of(image: MedicalImage) -> str:
    """Return the unit of an image's values, marked for translation."""
    return N_("Hounsfield units") if image.modality == "CT" else N_("stored value")


def _edges(planes: NDArray[np.generic], low: float, high: float, most_bins: int) -> NDArray[np.float64]:
    """Return the bins' borders: half-way between whole values, so that none falls between two bins."""
    if not np.issubdtype(planes.dtype, np.integer):
        return np.linspace(low, high if high > low else low + 1, most_bins + 1)
    step = max(1, int(np.ceil((high - low + 1) / most_bins)))
    start = np.floor(low) - 0.5
    n_bins = int(np.ceil((high + 0.5 - start) / step))
    return np.asarray(start + step * np.arange(n_bins + 1), dtype=np.float64)
