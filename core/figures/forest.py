"""A metric in each group of patients, one under the other, beside that of all: a forest plot."""

from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.evaluation.subgroup_records import Subgroup, SubgroupTable
from core.figures.theme import BLUE, GREY, VERMILION, furnish, label, tick
from core.language import Message, _, joined

_ROW: Final = 30  # pixels
_AROUND: Final = 190
_LONGEST: Final = 26  # a band of two sizes


def forest(table: SubgroupTable, *, title: str | Message, x: str) -> go.Figure:
    """Draw a metric with its interval in each group; a group that is too small has words instead of a point.

    Parameters
    ----------
    table
        The groups, attribute by attribute.
    title
        What was found.
    x
        The metric, translated.
    """
    rows = _rows(table)
    figure = go.Figure()
    _add_whole(figure, table.whole, len(rows))
    left = _left(table)
    places = {id(group): place for place, group in enumerate(rows) if isinstance(group, Subgroup)}
    shown = [group for group in table.groups if group.metric.value is not None and group.too_small is None]
    for differs, colour, symbol in ((False, BLUE, "circle"), (True, VERMILION, "diamond")):
        name = _("differs from the rest, corrected") if differs else _("a group, with its interval")
        points = [group for group in shown if group.differs == differs]
        if points:
            _add_points(figure, points, places, {"color": colour, "symbol": symbol, "size": 10}, name)
    for place, row in enumerate(rows):
        if isinstance(row, Subgroup) and id(row) not in {id(group) for group in shown}:
            words = _("too small") if row.too_small is not None else _("cannot be said")
            figure.add_annotation(
                x=left, y=place, text=words, xanchor="left", showarrow=False, font={"color": GREY, "size": 12}
            )
    ticks = [f"<b>{label(str(row))}</b>" if isinstance(row, Message) else _named(row) for row in rows]
    figure.update_yaxes(
        range=[len(rows) - 0.4, -0.6], tickmode="array", tickvals=list(range(len(rows))), ticktext=ticks
    )
    figure.update_xaxes(range=[left - 0.01, 1.02])
    furnish(figure, title=title, x=x, alt=_spelled_out(table))
    figure.update_yaxes(showgrid=False)
    figure.update_layout(
        height=_AROUND + _ROW * len(rows), legend={"y": -80 / (_ROW * len(rows)), "yanchor": "top"}
    )
    return figure


def _left(table: SubgroupTable) -> float:
    """Return where the axis begins: at a tenth, to the left of all that is drawn."""
    drawn = [group.metric for group in table.groups if group.too_small is None] + [table.whole]
    ends = [end for metric in drawn for end in (metric.low, metric.value) if end is not None]
    return max(0.0, float(np.floor(10 * min(ends, default=0.0) - 0.5)) / 10)


def _rows(table: SubgroupTable) -> list[Subgroup | Message]:
    """Return the groups under the headings of their attributes."""
    rows: list[Subgroup | Message] = []
    before = None
    for group in table.groups:
        if group.attribute != before:
            rows.append(group.title)
        rows.append(group)
        before = group.attribute
    return rows


def _named(group: Subgroup) -> str:
    return _("{value}, n = {n}", value=_cut(str(group.value)), n=group.n_samples)


def _cut(value: str) -> str:
    return label(value) if len(value) <= _LONGEST else tick(value)


def _add_whole(figure: go.Figure, whole: MetricValue, n_rows: int) -> None:
    if whole.value is None:
        return
    if whole.low is not None and whole.high is not None:
        figure.add_vrect(x0=whole.low, x1=whole.high, fillcolor=GREY, opacity=0.15, line_width=0)
    name = _("all images: {value}", value=with_interval(whole))
    line = {"color": GREY, "dash": "dash", "width": 2}
    ends = [-0.5, n_rows - 0.5]
    figure.add_scatter(x=[whole.value] * 2, y=ends, mode="lines", line=line, name=name, hoverinfo="skip")


def _add_points(
    figure: go.Figure,
    groups: list[Subgroup],
    places: dict[int, int],
    marker: dict[str, object],
    name: str,
) -> None:
    values = [group.metric.value or 0.0 for group in groups]
    ends = [(group.metric.low, group.metric.high) for group in groups]
    figure.add_scatter(
        x=values,
        y=[places[id(group)] for group in groups],
        mode="markers",
        marker=marker,
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
            "color": marker["color"],
            "thickness": 2,
            "width": 5,
        },
        text=[f"{tick(str(group.value))}: {with_interval(group.metric)}" for group in groups],
        hovertemplate="%{text}<extra></extra>",
    )


def _spelled_out(table: SubgroupTable) -> str:
    return joined(
        (
            _(
                "{title} {value}: {metric}, n = {n}",
                title=group.title,
                value=group.value,
                metric=_("too small") if group.too_small is not None else with_interval(group.metric),
                n=group.n_samples,
            )
            for group in table.groups
        ),
        "; ",
    )
