"""A network among its simple rivals, what their features are worth, and the weights of their pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go

from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.experiments.rivals.records import Importance, PixelWeights
from core.figures.theme import BLUE, GREY, ORANGE, VERMILION, furnish, label
from core.language import N_, Message, _, joined

Standing = Literal["network", "behind", "level", "ahead"]

_LOOKS: Final[dict[Standing, tuple[str, str, str]]] = {
    "network": (BLUE, "diamond", N_("the network")),
    "behind": (GREY, "circle", N_("the network beats it")),
    "level": (ORANGE, "square", N_("cannot be told from the network")),
    "ahead": (VERMILION, "triangle-up", N_("it beats the network")),
}
_ROW: Final = 44  # pixels
_AROUND: Final = 190
_LINE: Final = 22  # letters of a name in one line: what a phone can spare
_BAR: Final = 46
_DIVERGING: Final = ((0.0, BLUE), (0.5, "#F7F7F7"), (1.0, VERMILION))


@dataclass(frozen=True)
class Dot:
    """One row: its name, what it reached, and how it stands to the network."""

    name: str
    metric: MetricValue
    standing: Standing


def dots(rows: Sequence[Dot], *, x: str, title: str | Message) -> go.Figure:
    """Draw what each reached with its interval, the best on top; the network's interval runs through all.

    Parameters
    ----------
    rows
        The network and its rivals; one without a value has words in place of a point.
    x
        The metric, translated.
    title
        What was found.
    """
    order = sorted(rows, key=lambda row: -1.0 if row.metric.value is None else -row.metric.value)
    order = [row for row in order if row.metric.value is not None] + [
        row for row in order if row.metric.value is None
    ]
    figure = go.Figure()
    for standing, (colour, symbol, name) in _LOOKS.items():
        shown = [(place, row) for place, row in enumerate(order) if row.standing == standing]
        _add(figure, shown, {"color": colour, "symbol": symbol, "size": 12}, _(name))
    for own in (row.metric for row in order if row.standing == "network"):
        if own.low is not None and own.high is not None:
            figure.add_vrect(x0=own.low, x1=own.high, fillcolor=BLUE, opacity=0.08, line_width=0)
    figure.add_vline(x=0.5, line={"color": GREY, "dash": "dot", "width": 1})
    furnish(figure, title=title, x=x, alt=_spelled_out(order))
    ticks = ["<br>".join(wrap(row.name, _LINE)) for row in order]
    places = list(range(len(order)))
    figure.update_yaxes(
        range=[len(order) - 0.4, -0.6], tickmode="array", tickvals=places, ticktext=ticks, showgrid=False
    )
    lows = [row.metric.low or row.metric.value or 0.5 for row in order if row.metric.value is not None]
    figure.update_xaxes(range=[min([0.45, *lows]) - 0.03, 1.02])
    height = _AROUND + _ROW * len(order)
    figure.update_layout(height=height, legend={"y": -90 / (_ROW * len(order)), "yanchor": "top"})
    return figure


def worth(
    found: Sequence[Importance], names: Mapping[str, str], *, title: str | Message, alt: str = ""
) -> go.Figure:
    """Draw by how much the AUROC falls when features are shuffled; the bars' lines are the shuffles' spread.

    Parameters
    ----------
    found
        The greatest first.
    names
        What each is called, translated.
    title
        What was found.
    """
    falls, spreads = [one.fall for one in found], [one.spread for one in found]
    figure = go.Figure(
        go.Bar(
            x=falls,
            y=list(range(len(found))),
            orientation="h",
            marker={"color": BLUE},
            error_x={"type": "data", "array": spreads, "color": GREY, "thickness": 1.5},
            hovertemplate="%{x:.3f}<extra></extra>",
        )
    )
    said = joined((f"{names[one.name]}: {one.fall:.3f}" for one in found), "; ")
    furnish(figure, title=title, x=_("Fall of the AUROC"), alt=alt or said)
    figure.update_yaxes(
        range=[len(found) - 0.4, -0.6],
        tickmode="array",
        tickvals=list(range(len(found))),
        ticktext=["<br>".join(wrap(names[one.name], _LINE + 4)) for one in found],
        showgrid=False,
    )
    figure.update_layout(height=140 + _BAR * len(found), bargap=0.45)
    return figure


def pixel_map(weights: PixelWeights) -> go.Figure:
    """Draw the weight of each pixel: red speaks for the class where it is bright, blue against it."""
    plane = np.array(weights.rows)
    most = float(np.abs(plane).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=plane,
            zmin=-most,
            zmax=most,
            colorscale=[list(stop) for stop in _DIVERGING],
            colorbar={"title": {"text": _("weight")}, "thickness": 12, "exponentformat": "none"},
            hovertemplate=_("row %{y}, column %{x}: %{z:.3f}") + "<extra></extra>",
        )
    )
    title = Message(
        text=N_("Where brightness speaks for '{name}'"), values={"name": label(weights.class_name)}
    )
    alt = _(
        "A picture of {rows} by {columns} weights; red pixels speak for the class where they are bright, blue"
        " ones against it.",
        rows=plane.shape[0],
        columns=plane.shape[1],
    )
    furnish(figure, title=title, alt=alt)
    figure.update_yaxes(autorange="reversed", scaleanchor="x", showgrid=False, visible=False)
    figure.update_xaxes(constrain="domain", showgrid=False, visible=False)
    figure.update_layout(height=380, margin={"l": 10, "r": 10, "b": 10})
    return figure


def _add(figure: go.Figure, shown: Sequence[tuple[int, Dot]], marker: dict[str, object], name: str) -> None:
    for place, row in shown:
        if row.metric.value is None:
            figure.add_annotation(
                x=0.5,
                y=place,
                text=_("cannot be said"),
                xanchor="left",
                showarrow=False,
                font={"color": GREY},
            )
    there = [(place, row.metric, row.metric.value) for place, row in shown if row.metric.value is not None]
    if not there:
        return
    figure.add_scatter(
        x=[value for _place, _metric, value in there],
        y=[place for place, _metric, _value in there],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [0 if metric.high is None else metric.high - value for _place, metric, value in there],
            "arrayminus": [
                0 if metric.low is None else value - metric.low for _place, metric, value in there
            ],
            "color": marker["color"],
            "thickness": 2,
        },
        mode="markers",
        marker=marker,
        name=name,
        text=[str(with_interval(metric)) for _place, metric, _value in there],
        hovertemplate="%{text}<extra></extra>",
    )


def _spelled_out(rows: Sequence[Dot]) -> str:
    return joined((f"{row.name}: {with_interval(row.metric)}" for row in rows), "; ")
