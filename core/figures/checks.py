"""The check card, drawn: how a map fades as its network forgets, and the curves of deletion and insertion."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.explanation.checks.records import Cascade, RemovalCurves
from core.figures.theme import BLUE, GREY, VERMILION, furnish, label, legend_below
from core.language import _

_BAND: Final = "rgba(138, 148, 163, 0.28)"  # GREY, pale
_HEIGHT: Final = 420
_LEAST_SPAN: Final = 0.3


def cascade(found: Cascade, *, threshold: float, value: float) -> go.Figure:
    """Draw the rank correlation with the map as the network forgets block by block.

    Parameters
    ----------
    found
        The stages, the head first.
    threshold
        From it on the check fails.
    value
        The check's number: the mean over all networks that have forgotten everything.
    """
    figure = go.Figure()
    places = list(range(len(found.stages) + 1))
    names = [_("nothing"), *(label(stage) for stage in found.stages)]
    figure.add_scatter(
        x=places,
        y=[1.0, *found.correlations],
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 9},
        name=_("likeness to the map"),
        customdata=names,
        hovertemplate=_("forgotten up to {part}: {value}", part="%{customdata}", value="%{y:.2f}")
        + "<extra></extra>",
    )
    _threshold(figure, places, threshold)
    figure.update_xaxes(tickvals=places, ticktext=names)
    low = min(0.0, *found.correlations)
    figure.update_yaxes(range=[1.1 * low - 0.05, 1.08])
    figure.update_layout(height=_HEIGHT)
    shown = f"{value:.2f}"
    title = (
        _("All is forgotten, and the map is still like itself: {value} of 1", value=shown)
        if value >= threshold
        else _("When all is forgotten, the likeness to the map falls to {value}", value=shown)
    )
    furnish(figure, title=title, x=_("Forgotten up to here"), y=_("Rank correlation (-1 to 1)"))
    return legend_below(figure)


def removal(curves: RemovalCurves, *, inserts: bool, value: float, threshold: float) -> go.Figure:
    """Draw the probability on the way from the image to the covered one or back, beside maps moved away.

    Parameters
    ----------
    curves
        Of the map, and of the same map moved elsewhere.
    inserts
        Whether pixels are brought back, not covered.
    value, threshold
        Mean probability on the way, and that of the best map elsewhere.
    """
    figure, x = go.Figure(), 100 * curves.shares
    low, high = curves.random_scores.min(axis=0), curves.random_scores.max(axis=0)
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        mode="lines",
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        hoverinfo="skip",
        name=_("{n} maps moved elsewhere, lowest to highest", n=len(curves.random_scores)),
    )
    middle = np.median(curves.random_scores, axis=0)
    dashed = {"color": GREY, "dash": "dash", "width": 2}
    hover = "%{x:.0f} %: %{y:.2f}<extra>%{fullData.name}</extra>"
    figure.add_scatter(
        x=x, y=middle, mode="lines", line=dashed, hovertemplate=hover, name=_("their middle one")
    )
    figure.add_scatter(
        x=x,
        y=curves.scores,
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 6},
        hovertemplate=hover,
        name=_("this map"),
    )
    figure.update_yaxes(range=_span(np.concatenate([curves.scores, low, high])))
    figure.update_layout(height=_HEIGHT)
    shown = {"value": f"{value:.2f}", "best": f"{threshold:.2f}"}
    title = (
        _("Bringing back: {value} on average, best map elsewhere {best}", **shown)
        if inserts
        else _("Covering: {value} on average, best map elsewhere {best}", **shown)
    )
    across = _("Pixels brought back (%)") if inserts else _("Pixels covered (%)")
    furnish(figure, title=title, x=across, y=_("Probability (0 to 1)"))
    return legend_below(figure)


def _span(scores: NDArray[np.float64]) -> list[float]:
    """Return a range around probabilities: a small difference stays small to the eye."""
    middle = (scores.min() + scores.max()) / 2
    half = max(0.55 * float(np.ptp(scores)), _LEAST_SPAN / 2)
    return [float(max(-0.03, middle - half)), float(min(1.03, middle + half))]


def _threshold(figure: go.Figure, places: list[int], threshold: float) -> None:
    figure.add_scatter(
        x=[places[0], places[-1]],
        y=[threshold, threshold],
        mode="lines",
        line={"color": VERMILION, "dash": "dash", "width": 2},
        hoverinfo="skip",
        name=_("fails from {threshold} up", threshold=f"{threshold:.2f}"),
    )
