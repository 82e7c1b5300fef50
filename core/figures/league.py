"""Methods one under the other with their intervals, and under them maps that know nothing of a network."""

from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go

from core.explanation.league.records import Column, LeagueRow
from core.figures.theme import BLUE, GREY, VERMILION, furnish, label, legend_below
from core.language import Message, _, joined

_ROW: Final = 28  # pixels
_AROUND: Final = 190


def league_figure(
    rows: Sequence[LeagueRow],
    rivals: Sequence[LeagueRow],
    column: Column,
    *,
    titles: Mapping[str, str],
    title: str | Message,
    x: str,
    area: float | None = None,
) -> go.Figure:
    """Draw a number of each method with its interval, the highest at the top.

    Parameters
    ----------
    rows, rivals
        Methods on one network, and maps that know nothing of it.
    column
        Which number.
    titles
        Key to what a method or a rival is called, translated.
    title
        What was found or asked.
    x
        The number, translated.
    area
        What chance gives, drawn as a line; None where it is another number.
    """
    methods, others = (_sorted(some, column) for some in (rows, rivals))
    shown = [*methods, *others]
    figure = go.Figure()
    known, nothing = _("asks the network"), _("knows nothing of the network")
    _add(figure, methods, column, 0, colour=BLUE, symbol="circle", name=known, titles=titles)
    first = len(methods)
    _add(figure, others, column, first, colour=VERMILION, symbol="diamond", name=nothing, titles=titles)
    _bars_to_pass(figure, others, column, area, n_rows=len(shown))
    ticks = [label(titles[row.method]) for row in shown]
    figure.update_xaxes(range=[-0.02, _right(shown, column)])
    furnish(figure, title=title, x=x, alt=_spelled_out(shown, column, titles))
    _name_rows(figure, ticks)
    return legend_below(figure).update_layout(margin={"b": 125})


def _bars_to_pass(
    figure: go.Figure, others: Sequence[LeagueRow], column: Column, area: float | None, *, n_rows: int
) -> None:
    """Draw what a map that knows nothing reaches, and what chance gives, as lines across all rows."""
    ends = [-0.5, n_rows - 0.5]
    if others:
        highest = max(one.number(column).value or 0.0 for one in others)
        name = _("the best of those that know nothing: {value:.2f}", value=highest)
        _line(figure, highest, ends, name, "dash")
    if area is not None:
        _line(figure, area, ends, _("chance: {percent:.1f} %", percent=100 * area), "dot")


def _name_rows(figure: go.Figure, ticks: list[str]) -> None:
    places = list(range(len(ticks)))
    figure.update_yaxes(
        range=[len(ticks) - 0.4, -0.6], tickmode="array", tickvals=places, ticktext=ticks, showgrid=False
    )
    figure.update_layout(height=_AROUND + _ROW * len(ticks))


def _right(rows: Sequence[LeagueRow], column: Column) -> float:
    """Return where the axis, which begins at 0, ends: a tenth beyond all that is drawn."""
    highest = max((row.number(column).high or 0.0 for row in rows), default=1.0)
    return min(1.02, highest + 0.1)


def _sorted(rows: Sequence[LeagueRow], column: Column) -> list[LeagueRow]:
    measured = [row for row in rows if row.is_measured]
    return sorted(measured, key=lambda row: -(row.number(column).value or 0.0))


def _line(figure: go.Figure, x: float, ends: list[float], name: str, dash: str) -> None:
    line = {"color": GREY, "dash": dash, "width": 2}
    figure.add_scatter(x=[x, x], y=ends, mode="lines", line=line, name=name, hoverinfo="skip")


def _add(
    figure: go.Figure,
    rows: Sequence[LeagueRow],
    column: Column,
    first: int,
    *,
    colour: str,
    symbol: str,
    name: str,
    titles: Mapping[str, str],
) -> None:
    shares = [row.number(column) for row in rows]
    values = [share.value or 0.0 for share in shares]
    ends = [(share.low, share.high) for share in shares]
    figure.add_scatter(
        x=values,
        y=list(range(first, first + len(rows))),
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10},
        name=name,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [
                0 if high is None else high - value for value, (_low, high) in zip(values, ends, strict=True)
            ],
            "arrayminus": [
                0 if low is None else value - low for value, (low, _high) in zip(values, ends, strict=True)
            ],
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        text=[_words(row, column, titles) for row in rows],
        hovertemplate="%{text}<extra></extra>",
    )


def _words(row: LeagueRow, column: Column, titles: Mapping[str, str]) -> str:
    share = row.number(column)
    return _(
        "{name}: {value:.2f} ({low:.2f} to {high:.2f}), n = {n}",
        name=titles[row.method],
        value=share.value or 0.0,
        low=share.low or 0.0,
        high=share.high or 0.0,
        n=share.n,
    )


def _spelled_out(rows: Sequence[LeagueRow], column: Column, titles: Mapping[str, str]) -> str:
    return joined((_words(row, column, titles) for row in rows), "; ")
