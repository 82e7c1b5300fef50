"""The shortcut booth in charts: what each network scores, where its maps lie, and what flips its answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from core.figures.theme import BLUE, GREY, VERMILION, furnish, label, legend_below
from core.language import Message, _, joined

SHORTCUT, CONTROL = VERMILION, BLUE
_ROW: Final = 46  # pixels
_FRAME: Final = 170


@dataclass(frozen=True)
class Measured:
    """A number with its interval; `low` and `high` are None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Pair:
    """One row: its name (escaped here), and what one and the other have there; None where there is nothing.

    `mark` is drawn as a stroke: what chance has.
    """

    name: str
    one: Measured | None
    other: Measured | None
    mark: float | None = None


@dataclass(frozen=True)
class Course:
    """How something goes with x: a value and its interval for each, in order."""

    x: tuple[float, ...]
    shortcut: tuple[Measured, ...]
    control: tuple[Measured, ...]


def paired_rows(
    rows: Sequence[Pair],
    *,
    title: str | Message,
    axis: str,
    names: tuple[str, str] | None = None,
    percent: bool = False,
    line: float | None = None,
) -> go.Figure:
    """Draw rows of two marks each, with their intervals.

    Parameters
    ----------
    rows
        From the top down.
    title
        What was found.
    axis
        What the numbers are, with their unit.
    names
        What the one and the other are called; if left out, the network with the shortcut and its control.
    percent
        Whether they are shares, printed in per cent.
    line
        A grey line across all rows: guessing.
    """
    figure, form = go.Figure(), ".1%" if percent else ".2f"
    both = names or (_("Trained with the shortcut"), _("Control"))
    titles = [label(row.name) for row in rows]
    _draw(figure, titles, [row.one for row in rows], name=both[0], is_first=True, form=form)
    _draw(figure, titles, [row.other for row in rows], name=both[1], is_first=False, form=form)
    _draw_marks(figure, titles, [row.mark for row in rows], form=form)
    if line is not None:
        figure.add_vline(x=line, line={"color": GREY, "width": 2, "dash": "dot"})
    furnish(figure, title=title, x=axis, alt=_alt(rows, both, title, form))
    lowest = 0.4 if line is not None and not percent else 0.0
    figure.update_xaxes(range=_span(rows, lowest), tickformat=".0%" if percent else form)
    figure.update_yaxes(range=[len(rows) - 0.35, -0.6], tickvals=list(range(len(rows))), ticktext=titles)
    figure.update_layout(height=_FRAME + _ROW * 1.4 * len(rows))
    return legend_below(figure)


def _span(rows: Sequence[Pair], lowest: float) -> list[float]:
    """Return an axis with room for all marks and their intervals, from `lowest` or below."""
    pairs = [one for row in rows for one in (row.one, row.other) if one is not None]
    ends = [end for one in pairs for end in (one.value, one.low, one.high) if end is not None]
    low, high = min([lowest, *ends]), max([0.1, *ends])
    room = 0.08 * (high - low)
    return [low - room, high + 1.5 * room]


def two_courses(course: Course, *, title: str | Message, x: str, y: str) -> go.Figure:
    """Draw how the answer of both networks goes with x, each with the band of its interval."""
    figure = go.Figure()
    for name, colour, dash, values, fill in (
        (_("Trained with the shortcut"), SHORTCUT, "solid", course.shortcut, "rgba(213, 94, 0, 0.2)"),
        (_("Control"), CONTROL, "dash", course.control, "rgba(0, 114, 178, 0.2)"),
    ):
        lows = [one.value if one.low is None else one.low for one in values]
        highs = [one.value if one.high is None else one.high for one in values]
        figure.add_scatter(
            x=[*course.x, *reversed(course.x)],
            y=[*highs, *reversed(lows)],
            fill="toself",
            fillcolor=fill,
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=list(course.x),
            y=[one.value for one in values],
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 3, "dash": dash},
            hovertemplate="%{y:.2f}",
        )
    furnish(figure, title=title, x=x, y=y, alt=_alt_of_course(course, title))
    figure.update_yaxes(range=[0, 1])
    figure.update_layout(height=360, hovermode="x unified")
    return legend_below(figure)


def _draw(
    figure: go.Figure,
    names: Sequence[str],
    values: Sequence[Measured | None],
    *,
    name: str,
    is_first: bool,
    form: str,
) -> None:
    """Draw one network's marks, a little above or below the middle of their rows."""
    colour, symbol = (SHORTCUT, "circle") if is_first else (CONTROL, "square")
    shift = -0.14 if is_first else 0.2
    known = [(place, one) for place, one in enumerate(values) if one is not None]
    figure.add_scatter(
        x=[one.value for _place, one in known],
        y=[place + shift for place, _one in known],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [0 if one.high is None else one.high - one.value for _place, one in known],
            "arrayminus": [0 if one.low is None else one.value - one.low for _place, one in known],
            "color": colour,
            "thickness": 3,
        },
        mode="markers+text",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 12},
        text=[f"{one.value:{form}}" for _place, one in known],
        textposition="top center" if is_first else "bottom center",
        customdata=[f"{names[place]}: {words(one, form)}" for place, one in known],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _draw_marks(figure: go.Figure, names: Sequence[str], marks: Sequence[float | None], *, form: str) -> None:
    known = [(place, mark) for place, mark in enumerate(marks) if mark is not None]
    if not known:
        return
    figure.add_scatter(
        x=[mark for _place, mark in known],
        y=[place for place, _mark in known],
        mode="markers",
        name=_("By chance"),
        marker={"symbol": "line-ns-open", "size": 34, "color": GREY, "line": {"width": 3}},
        customdata=[f"{names[place]}: {mark:{form}}" for place, mark in known],
        hovertemplate="%{customdata}<extra></extra>",
    )


def words(measured: Measured, form: str = ".2f") -> str:
    """Return "0.91 (0.79 to 0.97)" in a format of numbers, or the value alone where there is no interval."""
    value = f"{measured.value:{form}}"
    if measured.low is None or measured.high is None:
        return value
    return _(
        "{value} ({low} to {high})",
        value=value,
        low=f"{measured.low:{form}}",
        high=f"{measured.high:{form}}",
    )


def _alt(rows: Sequence[Pair], names: tuple[str, str], title: str | Message, form: str) -> str:
    parts = [str(title)]
    for row in rows:
        both = [
            f"{name} {words(one, form)}"
            for name, one in zip(names, (row.one, row.other), strict=True)
            if one is not None
        ]
        parts.append(f"{row.name}: {joined(both)}")
    return joined(parts, "; ")


def _alt_of_course(course: Course, title: str | Message) -> str:
    ends = _(
        "from {x} to {y} the network with the shortcut goes from {a} to {b}, its control from {c} to {d}",
        x=f"{course.x[0]:g}",
        y=f"{course.x[-1]:g}",
        a=f"{course.shortcut[0].value:.2f}",
        b=f"{course.shortcut[-1].value:.2f}",
        c=f"{course.control[0].value:.2f}",
        d=f"{course.control[-1].value:.2f}",
    )
    return f"{title}: {ends}"
