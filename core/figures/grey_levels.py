"""How often each grey level occurs, and what a window does to it."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, VERMILION, furnish
from core.images.levels import GreyLevels
from core.language import _

_CHANNELS: Final = ((VERMILION, "solid"), (GREEN, "dash"), (BLUE, "dot"))


def grey_level_histogram(levels: GreyLevels, *, unit: str) -> go.Figure:
    """Draw the histogram of an image with the two ends of its window.

    Parameters
    ----------
    levels
        The counted values, one row a channel.
    unit
        Of the values, translated.
    """
    middles = (levels.edges[:-1] + levels.edges[1:]) / 2
    figure = go.Figure()
    if len(levels.counts) == 1:
        marker = {"color": GREY, "line": {"width": 0}}
        figure.add_bar(x=middles, y=levels.counts[0], name=_("pixels"), marker=marker, showlegend=False)
    for channel, counts in enumerate(levels.counts if len(levels.counts) > 1 else ()):
        colour, dash = _CHANNELS[channel]
        name = (_("red"), _("green"), _("blue"))[channel]
        line = {"color": colour, "dash": dash, "shape": "hvh", "width": 2}
        figure.add_scatter(x=middles, y=counts, name=name, mode="lines", line=line)
    top = _top(levels.counts)
    ends = (
        (levels.black, _("black from here"), BLUE, "dash"),
        (levels.white, _("white from here"), ORANGE, "solid"),
    )
    for value, name, colour, dash in ends:
        line = {"color": colour, "dash": dash, "width": 3}
        figure.add_scatter(x=[value, value], y=[0, top], mode="lines", line=line, name=f"{name}: {value:.4g}")
    figure.update_layout(bargap=0, hovermode="x", height=360)
    figure.update_yaxes(range=[0, top])
    highest = int(levels.counts.max())
    if highest > top:
        text = _("cut off: the highest bar is {n}", n=f"{highest:,}")
        figure.add_annotation(
            x=1, y=1, xref="paper", yref="paper", xanchor="right", text=text, showarrow=False
        )
    alt = _(
        "Histogram of the image: black from {black:.4g}, white from {white:.4g}.",
        black=levels.black,
        white=levels.white,
    )
    furnish(figure, title=_("How often does each value occur?"), x=unit, y=_("Number of pixels"), alt=alt)
    below = {"y": -0.3, "yanchor": "top"}  # five names need room that a phone has only under the chart
    return figure.update_layout(legend=below, margin={"b": 110})


def _top(counts: NDArray[np.int64]) -> float:
    """Return where the axis ends: one bar that dwarfs all others (a black border) is cut off."""
    ordered = np.sort(counts.max(axis=0))
    others = float(ordered[-4]) if len(ordered) > 3 else float(ordered[-1])
    return 1.25 * others if ordered[-1] > 3 * others > 0 else 1.05 * max(1.0, float(ordered[-1]))
