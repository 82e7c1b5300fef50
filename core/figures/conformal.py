"""Coverage promised and reached, of all images and of each class."""

import numpy as np
import plotly.graph_objects as go

from core.evaluation.conformal import PredictionSets
from core.figures.theme import BLUE, VERMILION, furnish, legend_below, tick
from core.language import _
from core.statistics.shares import Share


def coverage(sets: PredictionSets) -> go.Figure:
    """Draw how often the set held the truth, with intervals by patient, beside what was promised."""
    rows = [(_("all images"), sets.coverage)] + [
        (tick(name), share) for name, share in sets.coverage_of.items() if share.value is not None
    ]
    names = [_("{name} (n = {n})", name=name, n=share.n) for name, share in rows]
    ends = 100 * np.array([_ends(share) for _name, share in rows]).reshape(-1, 3)  # value, low, high
    places = list(range(len(rows)))
    figure = go.Figure()
    error = {"type": "data", "symmetric": False, "thickness": 2, "width": 6, "color": BLUE}
    figure.add_scatter(
        x=ends[:, 0],
        y=places,
        mode="markers",
        marker={"color": BLUE, "size": 10},
        error_x={**error, "array": ends[:, 2] - ends[:, 0], "arrayminus": ends[:, 0] - ends[:, 1]},
        name=_("reached, 95 % interval by patient"),
        hovertemplate="%{x:.1f} %<extra></extra>",
    )
    promised = 100 * (1 - sets.alpha)
    line = {"color": VERMILION, "dash": "dash", "width": 2}
    y = [-0.5, len(rows) - 0.5]
    figure.add_scatter(x=[promised] * 2, y=y, mode="lines", line=line, name=_("promised"), hoverinfo="skip")
    lowest = min(promised, float(ends[:, 1].min()))
    figure.update_xaxes(range=[max(0, lowest - 8), 101])
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names, "showgrid": False}
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], **ticks)
    figure.update_layout(height=200 + 40 * len(rows))
    reached = sets.coverage.value
    title = _("{promised:.0f} % promised: how often does the set hold the truth?", promised=promised)
    if reached is not None:
        title = _(
            "Promised {promised:.0f} %, reached {reached:.1f} %", promised=promised, reached=100 * reached
        )
    furnish(figure, title=title, x=_("Sets that hold the truth (%)"))
    return legend_below(figure)


def _ends(share: Share) -> tuple[float, float, float]:
    value = share.value or 0.0
    if share.low is None or share.high is None or np.isnan(share.low):
        return value, value, value
    return value, share.low, share.high
