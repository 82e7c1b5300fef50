"""Parallel coordinates of a sweep: each trial a line through its settings and its score.

Drawn as lines of our own, for Plotly's parallel coordinates need WebGL, which not every machine has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from core.experiments.sweeps.records import TrialRecord
from core.experiments.sweeps.space import Dimension, Value
from core.figures.sweeps import Scores, score_of, words_of
from core.figures.theme import BLUE, GREY, ORANGE, VERMILION, furnish, label, tick
from core.language import _, joined

_SHARE: Final = 0.25  # of the trials, drawn as the good ones
_MOST_NAMES: Final = 8  # beside an axis of choices


@dataclass(frozen=True)
class _Axis:
    """One vertical line: where each trial crosses it, in [0, 1], and what stands beside it."""

    name: str
    places: list[float]
    marks: list[tuple[float, str]]


def parallel_coordinates(
    trials: Sequence[TrialRecord], space: Sequence[Dimension], scores: Scores
) -> go.Figure:
    """Draw the trials that have a score; the best quarter stands out, and the best of all most."""
    shown = [trial for trial in trials if score_of(trial, scores) is not None]
    values = [score_of(trial, scores) or 0.0 for trial in shown]
    axes = [_axis_of(one, [trial.point[one.field] for trial in shown], scores) for one in space]
    axes.append(_score_axis(values))
    order = sorted(range(len(shown)), key=lambda k: values[k], reverse=not scores.lower_is_better)
    n_good = max(1, round(_SHARE * len(shown)))
    figure = go.Figure()
    words = [words_of(trial, scores) for trial in shown]
    _lines(figure, axes, order[n_good:], words, colour=BLUE, width=1.2, name=_("the others"))
    _lines(figure, axes, order[1:n_good], words, colour=ORANGE, width=2.2, name=_("the best quarter"))
    _lines(figure, axes, order[:1], words, colour=VERMILION, width=3.5, name=_("the best"))
    _draw_axes(figure, axes)
    names = joined(scores.field_name(one.field) for one in space)
    furnish(
        figure,
        title=_("Which settings go together with a good score?"),
        x=_("score: {metric}", metric=scores.axis.replace("<br>", " ")),
        alt=_("{n} trials as lines through {names} and their score.", n=len(shown), names=names),
    )
    figure.update_xaxes(
        tickvals=list(range(len(axes))),
        ticktext=[axis.name for axis in axes],
        range=[-0.3, len(axes) - 0.55],
        showgrid=False,
        showline=False,
    )
    figure.update_yaxes(visible=False, range=[-0.04, 1.1])
    figure.update_layout(margin={"l": 10, "r": 10})
    return figure


def _lines(
    figure: go.Figure,
    axes: Sequence[_Axis],
    which: Sequence[int],
    words: Sequence[str],
    *,
    colour: str,
    width: float,
    name: str,
) -> None:
    """Add these trials as one trace, with a gap after each."""
    if not which:
        return
    n = len(axes)
    figure.add_scatter(
        x=[place for _trial in which for place in (*range(n), None)],
        y=[y for trial in which for y in (*(axis.places[trial] for axis in axes), None)],
        customdata=[words[trial] for trial in which for _place in range(n + 1)],
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={"size": 5, "color": colour},
        opacity=0.45 if colour == BLUE else 1.0,
        name=name,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _draw_axes(figure: go.Figure, axes: Sequence[_Axis]) -> None:
    for place, axis in enumerate(axes):
        figure.add_shape(
            type="line", x0=place, x1=place, y0=0, y1=1, line={"color": GREY, "width": 1}, layer="below"
        )
        for height, text in axis.marks:
            figure.add_annotation(
                x=place,
                y=height,
                text=text,
                showarrow=False,
                xanchor="left",
                xshift=4,
                yshift=8,
                font={"size": 11},
            )


def _axis_of(dimension: Dimension, values: Sequence[Value], scores: Scores) -> _Axis:
    name = tick(scores.field_name(dimension.field))
    if dimension.kind == "choice":
        last = max(1, len(dimension.choices) - 1)
        heights = {value: place / last for place, value in enumerate(dimension.choices)}
        every = math.ceil(len(heights) / _MOST_NAMES)
        named = list(heights.items())[::every]
        marks = [(height, tick(scores.value_name(value))) for value, height in named]
        return _Axis(name, [heights[value] for value in values], marks)
    low, high = dimension.low, dimension.high
    middle = math.sqrt(low * high) if dimension.log else (low + high) / 2
    marks = [(0.0, f"{low:.2g}"), (0.5, f"{middle:.2g}"), (1.0, f"{high:.2g}")]
    if not dimension.log:
        return _Axis(name, [(float(value) - low) / (high - low) for value in values], marks)
    width = math.log(high / low)
    return _Axis(name, [math.log(float(value) / low) / width for value in values], marks)


def _score_axis(values: Sequence[float]) -> _Axis:
    low, high = min(values), max(values)
    places = [(value - low) / (high - low) if high > low else 0.5 for value in values]
    marks = [(0.0, f"{low:.3g}"), (1.0, f"{high:.3g}")] if high > low else [(0.5, f"{low:.3g}")]
    return _Axis(label(_("score")), places, marks)
