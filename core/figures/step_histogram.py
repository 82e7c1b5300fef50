"""The histogram of one picture of a pipeline, small enough that twenty of them stand on one page.

An SVG, for a Plotly chart a step would take longer than the step. It has no words: the page writes the two
ends under it, in its own colours.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, VERMILION

N_BINS: Final = 48
_WIDTH, _HEIGHT = 240, 84  # of the drawing; it is scaled to its column
_CHANNELS: Final = ((VERMILION, ""), (GREEN, "5 2"), (BLUE, "2 2"))


def count_values(values: NDArray[np.float32], *, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """Count the values of each channel in bins of equal width between the picture's lowest and highest.

    Parameters
    ----------
    values
        ndarray of shape (H, W, C), any finite numbers.

    Returns
    -------
    ndarray of shape (C, n_bins), int64; each row sums to H * W. A picture of one value is in the middle bin.
    """
    low, high = float(values.min()), float(values.max())
    planes = values.reshape(-1, values.shape[-1])
    if not high > low:
        counts = np.zeros((planes.shape[1], n_bins), dtype=np.int64)
        counts[:, n_bins // 2] = len(planes)
        return counts
    # several times as fast as numpy.histogram, which looks for the bin of each value
    places = ((planes - low) * np.float32(n_bins / (high - low))).astype(np.int64)
    np.clip(places, 0, n_bins - 1, out=places)
    return np.stack([np.bincount(plane, minlength=n_bins) for plane in places.T])


def step_histogram(values: NDArray[np.float32], *, marked: float | None = None) -> str:
    """Draw how often each value of a picture occurs, from its lowest value (left) to its highest.

    Parameters
    ----------
    values
        ndarray of shape (H, W, C), any finite numbers.
    marked
        A value to mark with an upright line: the pixel that is followed.

    Returns
    -------
    A whole SVG document that needs nothing from outside.
    """
    counts = count_values(values)
    top = _top(counts)
    drawn = [_outline(row, top) for row in counts]
    if len(drawn) == 1:
        shapes = f"<path d='{drawn[0]}' fill='{GREY}'/>"
    else:
        shapes = "".join(
            f"<path d='{path}' fill='none' stroke='{colour}' stroke-width='1.6' stroke-dasharray='{dash}'/>"
            for path, (colour, dash) in zip(drawn, _CHANNELS, strict=False)
        )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT + 2}'>{shapes}"
        f"{_mark(values, marked)}<path d='M0 {_HEIGHT + 0.5}H{_WIDTH}' stroke='{GREY}'/></svg>"
    )


def _top(counts: NDArray[np.int64]) -> float:
    """Return the count that fills the height: one bin that dwarfs all others (a border) is cut off."""
    ordered = np.sort(counts.max(axis=0))
    second = float(ordered[-3])
    return 1.3 * second if ordered[-1] > 3 * second > 0 else max(1.0, float(ordered[-1]))


def _outline(counts: NDArray[np.int64], top: float) -> str:
    width = _WIDTH / len(counts)
    heights = _HEIGHT * (1 - np.minimum(counts / top, 1))
    steps = "".join(f"V{height:.1f}H{width * (n + 1):.1f}" for n, height in enumerate(heights))
    return f"M0 {_HEIGHT}{steps}V{_HEIGHT}Z"


def _mark(values: NDArray[np.float32], marked: float | None) -> str:
    if marked is None:
        return ""
    low, high = float(values.min()), float(values.max())
    place = _WIDTH * ((marked - low) / (high - low) if high > low else 0.5)
    return f"<path d='M{place:.1f} 0V{_HEIGHT}' stroke='{ORANGE}' stroke-width='2.5'/>"
