"""A checkpoint under augmentation: the draws of one film, and what the mean over draws changes."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.experiments.stability_records import Estimate, Paired
from core.figures.theme import BLUE, GREEN, GREY, VERMILION, furnish, label
from core.language import _, joined, ngettext

_GOLDEN: Final = 0.618034  # spreads any number of points without a pattern
_ROW: Final = 46  # pixels


def draws_strip(
    drawn: NDArray[np.float64], plain: float, *, class_name: str, threshold: float | None, n_changed: int
) -> go.Figure:
    """Draw the probability of a class for each draw of one film as a strip of points.

    Parameters
    ----------
    drawn
        ndarray of shape (n,), in [0, 1].
    plain
        That of the film as it is.
    class_name
        Whose probability it is.
    threshold
        From which on the class is called; None with more than two classes.
    n_changed
        How many draws are called otherwise than the film as it is.
    """
    figure = _strip(drawn, plain)
    if threshold is not None:
        figure.add_vline(x=threshold, line={"color": GREY, "dash": "dot", "width": 2})
        figure.add_annotation(
            x=threshold, y=1, yref="paper", yanchor="bottom", showarrow=False, text=_("threshold")
        )
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(range=[0, 1], visible=False)
    title = ngettext(
        "{n} of {total} draws changes the answer",
        "{n} of {total} draws change the answer",
        n_changed,
        total=len(drawn),
    )
    alt = _(
        "{title}: from {low:.2f} to {high:.2f}, mean {mean:.2f}, the film as it is {plain:.2f}.",
        title=title,
        low=float(drawn.min()),
        high=float(drawn.max()),
        mean=float(drawn.mean()),
        plain=plain,
    )
    figure.update_layout(height=280)
    furnish(figure, title=title, x=_("Probability of '{name}'", name=label(class_name)), alt=alt)
    return figure.update_layout(legend={"y": -0.42, "yanchor": "top"}, margin={"b": 90})


def _strip(drawn: NDArray[np.float64], plain: float) -> go.Figure:
    """Draw the points one above the other, their mean, and the film as it is."""
    figure = go.Figure()
    height = 0.15 + 0.7 * ((np.arange(1, len(drawn) + 1) * _GOLDEN) % 1)
    marker = {"color": BLUE, "size": 9, "opacity": 0.7}
    hover = "%{x:.3f}<extra></extra>"
    figure.add_scatter(
        x=drawn, y=height, mode="markers", marker=marker, name=_("a draw"), hovertemplate=hover
    )
    mean = {"color": GREEN, "symbol": "line-ns-open", "size": 34, "line": {"width": 3}}
    figure.add_scatter(
        x=[drawn.mean()], y=[0.5], mode="markers", marker=mean, name=_("their mean"), hovertemplate=hover
    )
    film = {"color": VERMILION, "symbol": "diamond", "size": 15}
    figure.add_scatter(
        x=[plain], y=[0.5], mode="markers", marker=film, name=_("the film as it is"), hovertemplate=hover
    )
    return figure


def mean_of_draws(metrics: Mapping[str, Paired], verdict: str) -> go.Figure:
    """Draw by how much the mean over draws changes each metric, with the interval of the difference.

    Parameters
    ----------
    metrics
        Shown name to the metric, translated.
    verdict
        The title: what was found, translated.
    """
    figure = go.Figure()
    names = list(metrics)
    ends = [_ends(paired.difference) for paired in metrics.values()]
    figure.add_scatter(
        x=[value for value, _low, _high in ends],
        y=names,
        mode="markers",
        marker={"color": BLUE, "size": 11},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, _low, high in ends],
            "arrayminus": [value - low for value, low, _high in ends],
            "color": BLUE,
            "thickness": 2,
            "width": 5,
        },
        text=[words(paired.difference, signed=True) for paired in metrics.values()],
        hovertemplate="%{y}: %{text}<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(x=0, line={"color": GREY, "dash": "dot", "width": 2})
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_layout(height=170 + _ROW * len(names))
    alt = joined((f"{name}: {words(one.difference, signed=True)}" for name, one in metrics.items()), "; ")
    return furnish(figure, title=verdict, x=_("Mean over draws minus plain answer"), alt=alt)


def words(estimate: Estimate, *, signed: bool = False) -> str:
    """Return a number with its interval, with its sign where it is a difference."""
    if estimate.value is None:
        return _("not to be measured")
    if estimate.low is None or estimate.high is None:
        return _number(estimate.value, signed=signed)
    return _(
        "{value} ({low} to {high})",
        value=_number(estimate.value, signed=signed),
        low=_number(estimate.low, signed=signed),
        high=_number(estimate.high, signed=signed),
    )


def _number(value: float, *, signed: bool) -> str:
    rounded = round(value, 4 if signed else 3) + 0.0  # no -0.000
    return f"{rounded:+.4f}" if signed and rounded else f"{rounded:.3f}"


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    value = estimate.value or 0.0
    if estimate.low is None or estimate.high is None:
        return value, value, value
    return value, min(value, estimate.low), max(value, estimate.high)
