"""Pictures for a room of people who never saw such a chart: people as dots, ranges, two lines. No jargon.

Numbers are "of 100", and each word on them is one that needs no explanation.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION, furnish, label
from core.language import Message, _, joined

_MOST_DOTS: Final = 1000
_WIDER: Final = 1.7  # columns for each row
_LETTERS: Final = {"size": 17}
_BELOW: Final = {"orientation": "h", "y": -0.04, "yanchor": "top"}
OUTCOMES: Final = {
    "found": BLUE,
    "missed": VERMILION,
    "alarmed": ORANGE,
    "calm": SKY,
    "right": BLUE,
    "wrong": VERMILION,
}
_SYMBOLS: Final = {"found": "circle", "missed": "x", "alarmed": "triangle-up", "calm": "circle-open",
                   "right": "circle", "wrong": "x"}  # fmt: skip


@dataclass(frozen=True)
class Range:
    """A number of 100 with the range that fits the data, both None where nobody knows."""

    name: str
    value: float
    low: float | None
    high: float | None
    is_bold: bool = True


def dots(counts: Mapping[str, tuple[str, int]], *, title: str | Message) -> go.Figure:
    """Draw one dot for each of many people or images, or for several where there are over 1,000.

    Parameters
    ----------
    counts
        Outcome (see OUTCOMES) to what it is called and how many there are; drawn in this order.
    title
        What is seen.
    """
    total = sum(n for _name, n in counts.values())
    each = max(1, -(-total // _MOST_DOTS))
    columns = max(8, math.ceil(math.sqrt(_WIDER * total / each)))
    figure = go.Figure()
    place = 0
    for outcome, (name, n) in counts.items():
        n_dots = -(-n // each)
        places = np.arange(place, place + n_dots)
        place += n_dots
        figure.add_scatter(
            x=places % columns,
            y=-(places // columns),
            mode="markers",
            marker={"color": OUTCOMES[outcome], "symbol": _SYMBOLS[outcome], "size": _size(total // each)},
            name=f"{label(name)}: {n}",
            hovertemplate="%{fullData.name}<extra></extra>",
        )
    said = joined((f"{name}: {n}" for name, n in counts.values()), "; ")
    furnish(figure, title=title, alt=f"{title} {said}")
    if each > 1:
        note = _("A dot stands for {n}.", n=each)
        figure.add_annotation(
            x=0, y=-0.02, xref="paper", yref="paper", yanchor="top", showarrow=False, text=note
        )
    figure.update_xaxes(visible=False, range=[-1, columns])
    figure.update_yaxes(visible=False, range=[-max(place - 1, 0) // columns - 1, 1])
    _enlarge(figure)
    figure.update_layout(margin={"l": 10, "r": 10, "b": 20}, legend=_BELOW)
    return figure


def ranges(rows: Sequence[Range], *, title: str | Message, x: str) -> go.Figure:
    """Draw numbers of 100 with their ranges, one under the other.

    Parameters
    ----------
    rows
        From top to bottom; those that are not bold stand back.
    title, x
        What is seen, and what is counted.
    """
    figure = go.Figure()
    for row in rows:
        low = row.value if row.low is None else row.low
        high = row.value if row.high is None else row.high
        colour = BLUE if row.is_bold else GREY
        figure.add_scatter(
            x=[low, high],
            y=[_line(row.name)] * 2,
            mode="lines",
            line={"color": colour, "width": 14},
            opacity=0.45,
            showlegend=False,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[row.value],
            y=[_line(row.name)],
            mode="markers+text",
            marker={"color": colour, "size": 20},
            text=[f"<b>{row.value:.0f}</b>"],
            textposition="top center",
            textfont=_LETTERS,
            showlegend=False,
            hovertemplate="%{y}: %{x:.0f}<extra></extra>",
        )
    said = joined((_spoken(row) for row in rows), "; ")
    furnish(figure, title=title, x=x, alt=f"{title} {said}")
    figure.update_xaxes(range=[-4, 109], tickvals=[0, 25, 50, 75, 100])
    figure.update_yaxes(range=[len(rows) - 0.5, -0.8], type="category")
    _enlarge(figure)
    return figure


def two_lines(
    x: NDArray[np.float64],
    lines: Mapping[str, NDArray[np.float64]],
    *,
    title: str | Message,
    of: tuple[str, str],
) -> go.Figure:
    """Draw one or two lines over the same places; `of` names the axes."""
    figure = go.Figure()
    for (name, values), (colour, dash) in zip(
        lines.items(), ((BLUE, "solid"), (VERMILION, "dash"), (GREEN, "dot")), strict=False
    ):
        figure.add_scatter(
            x=x, y=values, mode="lines", line={"color": colour, "width": 5, "dash": dash}, name=name,
            hovertemplate="%{x:.3g}: %{y:.3g}<extra></extra>",
        )  # fmt: skip
    furnish(figure, title=title, x=of[0], y=of[1])
    figure.update_yaxes(rangemode="tozero")
    _enlarge(figure)
    figure.update_layout(showlegend=len(lines) > 1, legend={**_BELOW, "y": -0.28})
    return figure


def add_band(
    figure: go.Figure, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> None:
    """Lay a pale band under the lines: the range that fits the data."""
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor="rgba(0, 114, 178, 0.18)",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.data = (figure.data[-1], *figure.data[:-1])


def enlarged(figure: go.Figure, factor: float = 1.6) -> go.Figure:
    """Return a copy for a large screen: letters, marks and lines as much larger."""
    larger = go.Figure(figure)
    layout = larger.layout
    layout.font.size *= factor
    layout.title.font.size *= factor
    layout.legend.font.size *= factor
    for axis in (layout.xaxis, layout.yaxis):
        axis.title.font.size *= factor
        axis.tickfont.size *= factor
    for trace in larger.data:
        if trace.line.width:
            trace.line.width *= factor
        if trace.marker.size:
            trace.marker.size *= factor
        if trace.textfont.size:
            trace.textfont.size *= factor
    layout.margin.t *= factor
    layout.margin.b = None if layout.margin.b is None else layout.margin.b * factor
    return larger


def _line(name: str) -> str:
    return label(name)


def _spoken(row: Range) -> str:
    if row.low is None or row.high is None:
        return f"{row.name}: {row.value:.0f}"
    return _("{name}: {value:.0f}, from {low:.0f} to {high:.0f}", name=row.name, value=row.value, low=row.low,
             high=row.high)  # fmt: skip


def _size(n: int) -> int:
    return 16 if n <= 150 else 12 if n <= 400 else 7


def _enlarge(figure: go.Figure) -> None:
    figure.update_layout(font={"size": 16}, title={"font": {"size": 18}}, legend={"font": _LETTERS})
    figure.update_xaxes(title_font=_LETTERS, tickfont={"size": 15})
    figure.update_yaxes(title_font=_LETTERS, tickfont={"size": 15})
