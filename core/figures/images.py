"""Pixels as numbers, and the way of one pixel through the steps."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import furnish
from core.language import _

_LARGEST: Final = 24  # pixels a side: more numbers can't be read


def pixel_numbers(
    pixels: NDArray[np.generic],
    *,
    top: int,
    left: int,
    size: int = 12,
    unit: str = "",
    low: float,
    high: float,
) -> go.Figure:
    """Draw a small square of an image with the number of each pixel on it.

    Parameters
    ----------
    pixels
        ndarray of shape (H, W): the whole image.
    top, left, size
        Which square of it, in pixels; `size` at most 24.
    unit
        Of the values, as "HU"; empty for grey levels.
    low, high
        The values that are shown black and white.
    """
    square = pixels[top : top + min(size, _LARGEST), left : left + min(size, _LARGEST)].astype(np.float64)
    rows, columns = np.arange(square.shape[0]) + top, np.arange(square.shape[1]) + left
    figure = go.Figure()
    figure.add_heatmap(
        z=square,
        x=columns,
        y=rows,
        zmin=low,
        zmax=high,
        colorscale="gray",
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate=_("row %{y}, column %{x}: %{z}") + "<extra></extra>",
    )
    middle, is_whole = (low + high) / 2, bool((square == square.round()).all())
    for row, column in np.ndindex(square.shape):
        value = square[row, column]
        figure.add_annotation(
            x=columns[column],
            y=rows[row],
            showarrow=False,
            text=f"{value:.0f}" if is_whole else f"{value:.2f}",
            font={"size": 11, "color": "#FFFFFF" if value < middle else "#000000"},
        )
    figure.update_xaxes(showgrid=False, constrain="domain")
    figure.update_yaxes(showgrid=False, autorange="reversed", scaleanchor="x")
    title = _("What the computer sees: {n} numbers", n=square.size)
    if unit:
        title = _("What the computer sees: {n} numbers, in {unit}", n=square.size, unit=unit)
    return furnish(figure, title=title, x=_("Column (pixels)"), y=_("Row (pixels)"))
