"""The decision curve: net benefit against the risk from which one would treat."""

from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.evaluation.decision_curve import DecisionCurve, Stretch
from core.figures.theme import BLUE, GREY, VERMILION, furnish, legend_below
from core.language import N_, Message, _

_BAND: Final = "rgba(0, 114, 178, 0.18)"  # BLUE, pale
_LOWEST_TOP: Final = 1e-4  # of the axis, where nobody is sick and all lines lie at or below 0
_SENSIBLE: Final = "rgba(230, 159, 0, 0.20)"  # ORANGE, pale


def net_benefit(curve: DecisionCurve, *, sensible: Stretch | None = None) -> go.Figure:
    """Draw a decision curve with treat-all and treat-none.

    Parameters
    ----------
    curve
        Of one class against the rest.
    sensible
        The thresholds of those who weigh a miss as the visitor does: shaded.
    """
    figure, x = go.Figure(), curve.thresholds
    if sensible is not None:
        figure.add_vrect(x0=sensible.low, x1=sensible.high, fillcolor=_SENSIBLE, line_width=0, layer="below")
        marker = {"color": _SENSIBLE, "symbol": "square", "size": 14}
        name = _("thresholds that fit your weights")
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=name, hoverinfo="skip")
    if curve.has_band:
        around, ends = np.concatenate([x, x[::-1]]), np.concatenate([curve.high, curve.low[::-1]])
        band = {"fill": "toself", "fillcolor": _BAND, "line": {"width": 0}, "hoverinfo": "skip"}
        figure.add_scatter(x=around, y=ends, mode="lines", name=_("95 % band, by patient"), **band)
    hover = _("from a risk of %{x:.2f} on: %{y:.3f}") + "<extra>%{fullData.name}</extra>"
    for name, y, line in (
        (_("the network"), curve.network, {"color": BLUE, "width": 3}),
        (_("treat all"), curve.treat_all, {"color": VERMILION, "dash": "dash", "width": 2}),
        (_("treat none"), np.zeros(len(x)), {"color": GREY, "dash": "dot", "width": 2}),
    ):
        figure.add_scatter(x=x, y=y, mode="lines", line=line, name=name, hovertemplate=hover)
    highest = curve.high if curve.has_band else curve.network
    top = max(curve.prevalence, float(highest.max()), _LOWEST_TOP) * 1.1
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(range=[-0.35 * top, top])
    figure.update_layout(height=460)
    title = str(finding(curve))
    x_title = _("Treat from which risk on (threshold)")
    y_title = _("Net benefit (finds per person)")
    furnish(figure, title=title, x=x_title, y=y_title)
    return legend_below(figure)


def finding(curve: DecisionCurve) -> Message:
    """Return where the network does more good than treating all or none, and how sure that is."""
    sure, seen = curve.surely_better, curve.better
    if not seen:
        return Message(text=N_("At no threshold does the network do more good than treating all or none"))
    if not sure:
        text = N_(
            "Between t = {low:.2f} and {high:.2f} the network seems to do more good than treating all or"
            " none, but that may be chance"
        )
        return Message(text=text, values={"low": seen[0].low, "high": seen[0].high})
    text = N_("Between t = {low:.2f} and {high:.2f} the network would do more good than treating all or none")
    return Message(text=text, values={"low": sure[0].low, "high": sure[0].high})
