"""How good a network is: the ROC curve, and how sure each number is."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.evaluation.records import METRICS, Evaluation, MetricValue, metric_title
from core.evaluation.sentences import with_interval
from core.figures.theme import BLUE, COLOURS, DASHES, GREY, VERMILION, furnish, label
from core.language import Message, _
from core.statistics.roc import RocCurve


def roc(
    curves: Mapping[str, RocCurve], areas: Mapping[str, MetricValue], *, threshold: float | None = None
) -> go.Figure:
    """Draw the ROC curve of one class, or of several against the rest.

    Parameters
    ----------
    curves, areas
        Class to its curve, and to its area with interval. A single one is the positive class of two.
    threshold
        Where the single curve is used: marked, with its sensitivity and specificity.
    """
    figure = go.Figure()
    diagonal = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=diagonal, name=_("a coin: 0.50"), hoverinfo="skip"
    )
    for index, (name, curve) in enumerate(curves.items()):
        line = {"color": COLOURS[index % len(COLOURS)], "dash": DASHES[index % len(DASHES)], "width": 2.5}
        kept = _corners(curve)
        figure.add_scatter(
            x=curve.false_positive_rate[kept],
            y=curve.true_positive_rate[kept],
            customdata=curve.thresholds[kept],
            mode="lines",
            line=line,
            name=f"{label(name)}: {with_interval(areas[name])}",
            hovertemplate=_("threshold %{customdata:.2f}: sensitivity %{y:.2f}, false alarms %{x:.2f}")
            + "<extra></extra>",
        )
        if threshold is not None and len(curves) == 1:
            _mark(figure, curve, threshold)
    figure.update_xaxes(range=[-0.02, 1.02], constrain="domain")
    figure.update_yaxes(range=[-0.02, 1.02], scaleanchor="x")
    single = next(iter(curves)) if len(curves) == 1 else None
    x, y = _("False alarms (1 - specificity)"), _("Found (sensitivity)")
    title, alt = _roc_title(areas, single, escaped=True), _roc_title(areas, single, escaped=False)
    furnish(figure, title=title, x=x, y=y, alt=alt)
    # One name a line, below the axis title: they are too long to stand side by side.
    figure.update_layout(height=520, legend={"orientation": "v", "y": -0.18, "yanchor": "top"})
    return figure


def intervals(evaluation: Evaluation) -> go.Figure:
    """Draw each metric between 0 and 1 with its interval and n, one under the other."""
    shown = {
        name: metric
        for name, metric in evaluation.metrics.items()
        if metric.value is not None and not METRICS[name].lower_is_better
    }
    positive = None if evaluation.positive_class is None else label(evaluation.positive_class)
    rows = [_row_name(metric_title(name, positive), metric.n) for name, metric in shown.items()]
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
    return furnish(figure, title=title, x=_("Value (0 to 1)"))


def _ends(metric: MetricValue) -> tuple[float, float, float]:
    value = metric.value or 0.0
    if metric.low is None or metric.high is None:
        return value, value, value
    return value, metric.low, metric.high


def _row_name(title: Message, n: int) -> str:
    return _("{title} (n = {n})", title=title, n=n)


def _mark(figure: go.Figure, curve: RocCurve, threshold: float) -> None:
    """Mark the last point that still calls what scores `threshold` or more."""
    place = int(np.searchsorted(-curve.thresholds, -threshold, side="right")) - 1
    x, y = curve.false_positive_rate[place], curve.true_positive_rate[place]
    text = _(
        "threshold {threshold:.2f}: sensitivity {y:.2f}, specificity {s:.2f}",
        threshold=threshold,
        y=y,
        s=1 - x,
    )
    marker = {"color": VERMILION, "size": 12, "symbol": "diamond"}
    figure.add_scatter(
        x=[x], y=[y], mode="markers", marker=marker, name=text, hovertemplate="%{fullData.name}"
    )


def _corners(curve: RocCurve) -> NDArray[np.intp]:
    """Return the points where the curve turns; those on a straight piece say nothing more."""
    x, y = np.diff(curve.false_positive_rate), np.diff(curve.true_positive_rate)
    turns = x[:-1] * y[1:] != x[1:] * y[:-1]
    return np.flatnonzero(np.concatenate([[True], turns, [True]])) if len(x) > 1 else np.arange(len(x) + 1)


def _roc_title(areas: Mapping[str, MetricValue], single: str | None, *, escaped: bool) -> str:
    if single is None:
        return _("How well is each class told from the rest?")
    area = areas[single]
    name = label(single) if escaped else single
    return _("AUROC for '{name}': {area}, n = {n}", name=name, area=with_interval(area), n=area.n)
