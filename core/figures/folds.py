"""The folds of a cross-validation as a forest plot, with their mean below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from core.figures.theme import BLUE, GREEN, GREY, VERMILION, furnish
from core.language import Message, _, joined

_ROW: Final = 34
_ROOM: Final = 190


@dataclass(frozen=True)
class ForestRow:
    """A line of the plot: its name, the value with its interval (None: none), and how many images."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int


def forest(
    folds: Sequence[ForestRow], mean: ForestRow, pooled: ForestRow | None, *, title: str | Message, score: str
) -> go.Figure:
    """Draw each fold with the interval over its own patients, and below them the mean of all.

    Parameters
    ----------
    folds
        In order; drawn from the top down.
    mean
        Over the folds, with the corrected interval.
    pooled
        All held-out answers together; None where it is not defined.
    title
        What was found.
    score
        What is on the axis, translated.
    """
    figure = go.Figure()
    _add(figure, folds, colour=BLUE, symbol="square", name=_("one fold, interval over its patients"))
    _add(figure, [mean], colour=VERMILION, symbol="diamond", name=_("mean of the folds, corrected interval"))
    rows = [*folds, mean]
    if pooled is not None:
        _add(figure, [pooled], colour=GREEN, symbol="circle", name=_("all answers pooled, by patient"))
        rows.append(pooled)
    figure.add_vline(x=mean.value, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_layout(height=_ROOM + _ROW * len(rows))
    furnish(figure, title=title, x=_("{score}, with its 95 % interval", score=score), alt=_alt(rows, title))
    figure.update_layout(legend={"y": -0.28, "yanchor": "top"})
    figure.update_yaxes(autorange="reversed", type="category", categoryarray=[row.name for row in rows])
    return figure


def _add(figure: go.Figure, rows: Sequence[ForestRow], *, colour: str, symbol: str, name: str) -> None:
    figure.add_scatter(
        x=[row.value for row in rows],
        y=[row.name for row in rows],
        error_x=_bars(rows, colour),
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 12},
        customdata=[[_words(row), row.n] for row in rows],
        hovertemplate="%{customdata[0]}, n = %{customdata[1]}<extra></extra>",
    )


def _bars(rows: Sequence[ForestRow], colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [0.0 if row.high is None else row.high - row.value for row in rows],
        "arrayminus": [0.0 if row.low is None else row.value - row.low for row in rows],
        "color": colour,
        "thickness": 2.5,
    }


def _words(row: ForestRow) -> str:
    if row.low is None or row.high is None:
        return f"{row.value:.3f}"
    return _("{value:.3f} ({low:.3f} to {high:.3f})", value=row.value, low=row.low, high=row.high)


def _alt(rows: Sequence[ForestRow], title: str | Message) -> str:
    return joined([str(title), *(f"{row.name}: {_words(row)}" for row in rows)], "; ")
