"""From stored values to shown grey levels: DICOM PS3.3 C.11.2, in our own arithmetic."""

import numpy as np
from numpy.typing import NDArray

from core.images.records import MedicalImage, Window


def to_unit(image: MedicalImage, window: Window | None = None) -> NDArray[np.float32]:
    """Return what a viewer would show, in [0, 1].

    Parameters
    ----------
    image
        Any image.
    window
        The window to use; None means the image's own first window, or its value range if it has none.

    Returns
    -------
    ndarray of shape (H, W) or (H, W, 3), float32 in [0, 1]; 0 is black. MONOCHROME1 is inverted.
    """
    chosen = window or (image.windows[0] if image.windows else None)
    unit = _full_range(image) if chosen is None else apply_window(image.values, chosen)
    return (1 - unit if image.inverted else unit).astype(np.float32)


def to_uint8(image: MedicalImage, window: Window | None = None) -> NDArray[np.uint8]:
    """Return what a viewer would show, as uint8 in [0, 255]; see `to_unit`."""
    return np.round(to_unit(image, window) * 255).astype(np.uint8)


def apply_window(values: NDArray[np.generic], window: Window) -> NDArray[np.float32]:
    """Map values to [0, 1] through a window.

    LINEAR is PS3.3 C.11.2.1.2.1 with its half-value offsets, LINEAR_EXACT is C.11.2.1.3.2, SIGMOID is
    C.11.2.1.3.1.

    Returns
    -------
    ndarray of the shape of `values`, float32 in [0, 1].
    """
    x = values.astype(np.float64)
    if window.function == "SIGMOID":
        unit = 1 / (1 + np.exp(np.clip(-4 * (x - window.center) / window.width, -700, 700)))
    elif window.function == "LINEAR_EXACT":
        unit = (x - window.center) / window.width + 0.5
    elif window.width <= 1:
        unit = np.where(x > window.center - 0.5, 1.0, 0.0)
    else:
        unit = (x - (window.center - 0.5)) / (window.width - 1) + 0.5
    return np.clip(unit, 0, 1).astype(np.float32)


def _full_range(image: MedicalImage) -> NDArray[np.float32]:
    low, high = image.value_range
    span = high - low if high > low else 1.0
    return np.clip((image.values.astype(np.float64) - low) / span, 0, 1).astype(np.float32)
