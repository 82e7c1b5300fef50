"""A person beside a network: the point on its ROC curve, what confidence was worth, who agrees with whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.evaluation.records import MetricValue
from core.evaluation.sentences import rounded, with_interval
from core.figures.theme import BLUE, GREEN, GREY, ORANGE, VERMILION, furnish, label, tick
from core.language import Message, _, joined
from core.statistics.roc import RocCurve

_MARKS: Final = (
    (VERMILION, "diamond"),
    (GREEN, "square"),
    (ORANGE, "triangle-up"),
)
_NETWORK: Final = (BLUE, "circle")
_PALE_TO_BLUE: Final = ((0.0, "#EEF3F8"), (1.0, "#084B83"))


@dataclass(frozen=True)
class Point:
    """Somebody's sensitivity and specificity, each with its interval."""

    name: str
    sensitivity: MetricValue
    specificity: MetricValue


def points_on_roc(
    points: Sequence[Point],
    curves: Mapping[str, RocCurve],
    *,
    own: RocCurve | None,
    title: str | Message,
) -> go.Figure:
    """Draw points with the cross of both their intervals over ROC curves.

    Parameters
    ----------
    points
        Readers, and at last the network at its threshold; one without a sensitivity or a specificity is left
        out.
    curves
        Name to curve: the first is drawn boldly, the others faintly.
    own
        The reader's own curve from the ratings.
    title
        What is found.
    """
    figure = go.Figure()
    diagonal = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=diagonal, showlegend=False, hoverinfo="skip")
    for number, (name, curve) in reversed(list(enumerate(curves.items()))):
        line = {"color": BLUE, "width": 2.5} if number == 0 else {"color": GREY, "width": 1.5}
        _add_curve(figure, curve, label(name), line)
    if own is not None:
        line = {"color": VERMILION, "width": 1.5, "dash": "dash"}
        _add_curve(figure, own, _("your ratings as a curve"), line)
    shown = [point for point in points if None not in (point.sensitivity.value, point.specificity.value)]
    for number, point in enumerate(shown):
        is_network = point is points[-1]
        _add_point(figure, point, *(_NETWORK if is_network else _MARKS[number % len(_MARKS)]))
    figure.update_xaxes(range=[-0.03, 1.03], constrain="domain")
    figure.update_yaxes(range=[-0.03, 1.03], scaleanchor="x")
    x, y = _("False alarms (1 - specificity)"), _("Found (sensitivity)")
    said = joined((_in_words(point, point.name) for point in shown), "; ")
    furnish(figure, title=title, x=x, y=y, alt=f"{title}. {said}")
    figure.update_layout(height=640, legend={"orientation": "v", "y": -0.18, "yanchor": "top"})
    return figure


def confidence_chart(found: Mapping[str, Mapping[str, MetricValue]], *, title: str | Message) -> go.Figure:
    """Draw how many answers were right, for each confidence and each pass.

    Parameters
    ----------
    found
        Pass to confidence to the share that was right, with its interval.
    title
        What is found.
    """
    figure = go.Figure()
    for number, (name, shares) in enumerate(found.items()):
        colour, symbol = _MARKS[number]
        kept = {word: metric for word, metric in shares.items() if metric.value is not None}
        ends = np.array([_ends(metric) for metric in kept.values()]).reshape(-1, 3)
        figure.add_scatter(
            x=[list(shares).index(word) + 0.26 * (number - (len(found) - 1) / 2) for word in kept],
            y=ends[:, 0],
            error_y=_bars(ends, colour),
            mode="markers+text",
            marker={"color": colour, "size": 11, "symbol": symbol},
            text=[_("n = {n}", n=metric.n) for metric in kept.values()],
            textposition="middle right",
            name=name,
            hovertemplate="%{y:.2f}, %{text}<extra>%{fullData.name}</extra>",
        )
    words = list(next(iter(found.values()), {}))
    figure.update_xaxes(tickmode="array", tickvals=list(range(len(words))), ticktext=words)
    figure.update_xaxes(range=[-0.5, len(words) - 0.3], showgrid=False)
    figure.update_yaxes(range=[-0.03, 1.03])
    alt = joined(
        (
            f"{name}, {word}: {with_interval(metric)}, n = {metric.n}"
            for name, shares in found.items()
            for word, metric in shares.items()
        ),
        "; ",
    )
    furnish(figure, title=title, x=_("How sure"), y=_("Share that was right"), alt=f"{title}. {alt}")
    figure.update_layout(height=380)
    return figure


def kappa_table(names: Sequence[str], pairs: Mapping[tuple[int, int], MetricValue]) -> go.Figure:
    """Draw Cohen's kappa of each two readers as a square; `pairs` has (i, j) with i < j."""
    n = len(names)
    values = np.full((n, n), np.nan)
    for (i, j), metric in pairs.items():
        values[i, j] = values[j, i] = np.nan if metric.value is None else metric.value
    figure = go.Figure()
    places = list(range(n))
    figure.add_heatmap(
        z=values, x=places, y=places, zmin=0, zmax=1, colorscale=_PALE_TO_BLUE, xgap=3, ygap=3,
        showscale=False, hoverinfo="skip",
    )  # fmt: skip
    for (i, j), metric in pairs.items():
        for row, column in ((i, j), (j, i)):
            text = "–" if metric.value is None else rounded(metric.value)
            dark = metric.value is not None and metric.value >= 0.5
            colour = "#FFFFFF" if dark else GREY if metric.value is None else "#152238"
            figure.add_annotation(x=column, y=row, text=text, showarrow=False, font={"color": colour})
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": [tick(name) for name in names]}
    figure.update_xaxes(side="bottom", showgrid=False, **ticks)
    figure.update_yaxes(autorange="reversed", showgrid=False, **ticks)
    said = joined(
        (f"{names[i]}, {names[j]}: {with_interval(metric)}" for (i, j), metric in pairs.items()), "; "
    )
    title = _("Who agrees with whom? Cohen's kappa: 0 is chance, 1 is always")
    furnish(figure, title=title, alt=f"{title}. {said}")
    figure.update_layout(height=240 + 46 * n)
    return figure


def _add_curve(figure: go.Figure, curve: RocCurve, name: str, line: Mapping[str, object]) -> None:
    figure.add_scatter(
        x=curve.false_positive_rate,
        y=curve.true_positive_rate,
        mode="lines",
        line=line,
        name=name,
        hovertemplate=_("sensitivity %{y:.2f}, false alarms %{x:.2f}") + "<extra></extra>",
    )


def _add_point(figure: go.Figure, point: Point, colour: str, symbol: str) -> None:
    up, along = np.array([_ends(point.sensitivity)]), 1 - np.array([_ends(point.specificity)])[:, [0, 2, 1]]
    figure.add_scatter(
        x=along[:, 0],
        y=up[:, 0],
        error_x=_bars(along, colour),
        error_y=_bars(up, colour),
        mode="markers",
        marker={"color": colour, "size": 13, "symbol": symbol},
        name=label(point.name),
        text=[_in_words(point, label(point.name))],
        hovertemplate="%{text}<extra></extra>",
    )


def _in_words(point: Point, name: str) -> str:
    return _(
        "{name}: sensitivity {sensitivity}, specificity {specificity}",
        name=name,
        sensitivity=with_interval(point.sensitivity),
        specificity=with_interval(point.specificity),
    )


def _bars(ends: "np.typing.NDArray[np.float64]", colour: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": ends[:, 2] - ends[:, 0],
        "arrayminus": ends[:, 0] - ends[:, 1],
        "color": colour,
        "thickness": 2,
        "width": 5,
    }


def _ends(metric: MetricValue) -> tuple[float, float, float]:
    value = metric.value or 0.0
    if metric.low is None or metric.high is None:
        return value, value, value
    return value, metric.low, metric.high
