"""How sure each number of an evaluation is."""

from typing import Final

import numpy as np
import plotly.graph_objects as go

from core.evaluation.records import METRICS, Evaluation, MetricValue, metric_title
from core.evaluation.sentences import with_interval
from core.figures.theme import BLUE, furnish, label, wrapped
from core.language import Message, _

_NAME_WIDTH: Final = 32  # of a row's name, in narrow letters: longer ones leave a phone no room for the chart
_ROW_HEIGHT, _AROUND = 40, 150  # in pixels


def intervals(evaluation: Evaluation, class_name: str | None = None) -> go.Figure:
    """Draw each metric between 0 and 1 with its interval and n, one under the other.

    With more than two classes `class_name` takes those of that class against the rest.
    """
    found = evaluation.metrics if class_name is None else evaluation.per_class[class_name]
    shown = {name: metric for name, metric in found.items() if is_drawn(name, metric)}
    of = class_name or evaluation.positive_class
    positive = None if of is None else label(of)
    named = [_row_name(metric_title(name, positive), metric) for name, metric in shown.items()]
    rows = [wrapped(name, _NAME_WIDTH) for name in named]
    ends = np.array([_ends(metric) for metric in shown.values()]).reshape(-1, 3)  # value, low, high
    figure = go.Figure()
    figure.add_scatter(
        x=ends[:, 0],
        y=rows,
        mode="markers",
        marker={"color": BLUE, "size": 10},
        showlegend=False,
        error_x={
            "type": "data",
            "symmetric": False,
            "thickness": 2,
            "width": 6,
            "color": BLUE,
            "array": ends[:, 2] - ends[:, 0],
            "arrayminus": ends[:, 0] - ends[:, 1],
        },
        text=[str(with_interval(metric)) for metric in shown.values()],
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(autorange="reversed", type="category")
    title = _("How sure is each number? {percent} % intervals", percent=round(100 * evaluation.level))
    figure.update_layout(height=_AROUND + _ROW_HEIGHT * len(rows))
    return furnish(figure, title=title, x=_("Value (0 to 1)"))


def is_drawn(name: str, metric: MetricValue) -> bool:
    """Return whether `intervals` draws a metric: it is there, from 0 to 1, and better the higher it is."""
    spec = METRICS[name]
    return metric.value is not None and not spec.lower_is_better and (spec.lowest, spec.highest) == (0, 1)


def _ends(metric: MetricValue) -> tuple[float, float, float]:
    value = metric.value or 0.0
    if metric.low is None or metric.high is None:
        return value, value, value
    return value, metric.low, metric.high


def _row_name(title: Message, metric: MetricValue) -> str:
    if metric.low is None:  # a point alone would look like a certain one
        return _("{title} (n = {n}, no interval)", title=title, n=metric.n)
    return _("{title} (n = {n})", title=title, n=metric.n)
