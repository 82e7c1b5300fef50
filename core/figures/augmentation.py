"""What a draw changed in an image, pixel by pixel."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, VERMILION, furnish
from core.language import _

_ZERO: Final = "#E8E8E8"  # as far from blue as from vermilion, for every kind of colour vision
_WEAKEST: Final = 8.0  # grey levels: what changed less than this is not blown up to full colour
_WHITE: Final = 255


def difference_map(difference: NDArray[np.float32]) -> go.Figure:
    """Draw where an image became lighter and where darker; grey is unchanged.

    Parameters
    ----------
    difference
        ndarray of shape (H, W), float32 in [-1, 1]: draw minus original, 1 from black to white.
    """
    levels = difference.astype(np.float64) * _WHITE
    strongest = max(_WEAKEST, float(np.abs(levels).max()))
    changed = float((np.abs(levels) >= 1).mean())
    figure = go.Figure()
    figure.add_heatmap(
        z=np.round(levels, 1),
        zmin=-strongest,
        zmax=strongest,
        colorscale=[[0, BLUE], [0.5, _ZERO], [1, VERMILION]],
        colorbar={
            "title": {"text": _("Grey levels"), "side": "right"},
            "thickness": 14,
            "tickformat": "+.0f",
            "outlinewidth": 0,
        },
        hovertemplate=_("row %{y}, column %{x}: %{z} grey levels") + "<extra></extra>",
    )
    figure.update_xaxes(showgrid=False, constrain="domain")
    figure.update_yaxes(showgrid=False, autorange="reversed", scaleanchor="x", constrain="domain")
    percent = f"{changed:.0%}"
    title = _("The draw changed {percent} of the pixels", percent=percent)
    alt = _(
        "Draw minus original. {percent} of the pixels changed by at least one of 255 grey levels; the"
        " strongest change is {strongest}.",
        percent=percent,
        strongest=f"{np.abs(levels).max():.0f}",
    )
    furnish(figure, title=title, x=_("Column (pixels)"), y=_("Row (pixels)"), alt=alt)
    figure.update_layout(height=400, margin={"l": 50, "r": 10, "t": 60, "b": 50})
    return figure
