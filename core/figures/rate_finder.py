"""The curve of the learning-rate finder: the loss of each step over the rate that it was made at."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, VERMILION, furnish
from core.language import Message, _, joined

_HEIGHT: Final = 380
_ROOM: Final = 0.35  # of the spread of the curve, above and below it


@dataclass(frozen=True, eq=False)
class RateMarks:
    """What is marked on the curve: rates, or None where there is none."""

    current: float
    suggestion: float | None
    span: tuple[float, float] | None
    edge: float | None


def rate_curve(
    rates: NDArray[np.float64],
    losses: NDArray[np.float64],
    smoothed: NDArray[np.float64],
    marks: RateMarks,
    *,
    title: str | Message,
) -> go.Figure:
    """Draw the losses as dots and their smoothed course as a line, over a logarithmic axis of rates.

    Parameters
    ----------
    rates, losses, smoothed
        ndarrays of shape (n,); of each batch how hard it is by itself was taken out.
    marks
        The suggestion with its range as a band, the edge, and the rate of the form.
    title
        What was found.
    """
    figure = go.Figure()
    if marks.span is not None:
        low, high = np.log10(marks.span)
        figure.add_vrect(x0=10**low, x1=10**high, fillcolor=GREEN, opacity=0.14, line_width=0, layer="below")
    _add_curve(figure, rates, losses, smoothed)
    low, high = _heights(losses, smoothed)
    _add_marks(figure, marks, low, high)
    figure.update_layout(height=_HEIGHT)
    furnish(
        figure,
        title=title,
        x=_("Learning rate (each step a little larger)"),
        y=_("Loss of the batch (nats)"),
        alt=_alt(marks, str(title)),
    )
    figure.update_layout(legend={"y": -0.25, "yanchor": "top"})
    figure.update_xaxes(type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(range=[low, high])
    return figure


def _add_curve(
    figure: go.Figure,
    rates: NDArray[np.float64],
    losses: NDArray[np.float64],
    smoothed: NDArray[np.float64],
) -> None:
    figure.add_scatter(
        x=rates,
        y=losses,
        mode="markers",
        name=_("one step"),
        marker={"color": GREY, "size": 5, "opacity": 0.6},
        hovertemplate="%{x:.2g}: %{y:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=rates,
        y=smoothed,
        mode="lines",
        name=_("smoothed"),
        line={"color": BLUE, "width": 3},
        hovertemplate="%{x:.2g}: %{y:.3f}<extra></extra>",
    )


def _add_marks(figure: go.Figure, marks: RateMarks, low: float, high: float) -> None:
    """Draw each rate that is marked as an upright line from `low` to `high`."""
    for rate, name, colour, dash in (
        (marks.suggestion, _("falls fastest"), GREEN, "solid"),
        (marks.edge, _("begins to rise"), VERMILION, "dot"),
        (marks.current, _("set now"), ORANGE, "dash"),
    ):
        if rate is not None:
            figure.add_scatter(
                x=[rate, rate],
                y=[low, high],
                mode="lines",
                name=_("{name}: {rate}", name=name, rate=rate_words(rate)),
                line={"color": colour, "dash": dash, "width": 2},
                hoverinfo="skip",
            )


def _heights(losses: NDArray[np.float64], smoothed: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the axis: all of the curve, and most dots; the wildest would flatten it."""
    span = float(smoothed.max() - smoothed.min()) or 1.0
    most = np.quantile(losses, [0.1, 0.9])
    low = min(float(smoothed.min()) - _ROOM * span, float(most[0]))
    return low, max(float(smoothed.max()) + _ROOM * span, float(most[1]))


def rate_words(rate: float) -> str:
    """Return a learning rate in two digits, without an exponent."""
    return np.format_float_positional(float(f"{rate:.2g}"), trim="-")


def _alt(marks: RateMarks, title: str) -> str:
    parts = [title]
    if marks.suggestion is not None:
        parts.append(_("The loss falls fastest at {rate}.", rate=rate_words(marks.suggestion)))
    if marks.edge is not None:
        parts.append(_("It begins to rise at {rate}.", rate=rate_words(marks.edge)))
    return joined(parts, " ")
