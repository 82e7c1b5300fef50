"""The ROC and the precision-recall curve: one class bold with its band, others thin, the decisions marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.evaluation.curves import Called
from core.evaluation.decisions import threshold_text
from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.figures.theme import BLUE, COLOURS, DASHES, GREY, VERMILION, furnish, label
from core.language import Message, _
from core.statistics.bands import Band
from core.statistics.precision_recall_curve import PrecisionRecallCurve
from core.statistics.roc import RocCurve
from core.statistics.thinning import thinned

_Curve = TypeVar("_Curve", RocCurve, PrecisionRecallCurve)
_MOST_NAMED: Final = 6  # other classes; more of them are grey, for nobody tells so many colours apart
_BAND: Final = "rgba(0, 114, 178, 0.27)"  # BLUE, pale
_LINE_HEIGHT: Final = 22  # of a legend
_HEIGHT: Final = 470  # without the legend
_TOP: Final = 91  # room for two lines of title, so that two charts side by side begin alike


@dataclass(frozen=True, eq=False)
class Drawn:
    """One curve: its points, the thresholds there, and what its area is, with the decisions if marked."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    area: MetricValue


def roc(
    curves: Mapping[str, RocCurve],
    areas: Mapping[str, MetricValue],
    *,
    threshold: float | None = None,
    chosen: str | None = None,
    band: Band | None = None,
    points: Mapping[str, Called] | None = None,
) -> go.Figure:
    """Draw the ROC curve of one class, or of several against the rest.

    Parameters
    ----------
    curves, areas
        Class to its curve, and to its AUROC with interval. A single one is the positive class of two.
    threshold
        Where the single curve is used: marked, with its sensitivity and specificity.
    chosen, band
        Which of several curves is bold, and the band around it.
    points
        Class to what the decisions come to: marked where it is, on the curve or off it.
    """
    figure, bold = go.Figure(), _bold(list(curves), chosen)
    coin = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=coin, name=_("a coin: 0.50"), hoverinfo="skip")
    _add_band(figure, band)
    for name, curve in _bold_last(curves, bold):
        x, y = curve.false_positive_rate, curve.true_positive_rate
        drawn = Drawn(name, x, y, curve.thresholds, areas[name])
        hover = _("threshold %{customdata:.2f}: sensitivity %{y:.2f}, false alarms %{x:.2f}")
        _add_curve(figure, drawn, hover, list(curves), bold)
    if threshold is not None and len(curves) == 1 and points is None:
        points = {name: _called_from(curve, threshold) for name, curve in curves.items()}
    shown = {name: (point.false_positive_rate, point.sensitivity) for name, point in (points or {}).items()}
    _mark(figure, shown, list(curves), bold, _roc_note(threshold, (points or {}).get(bold or "")))
    figure.update_xaxes(range=[-0.02, 1.02], constrain="domain")
    figure.update_yaxes(range=[-0.02, 1.02], scaleanchor="x")
    single = next(iter(curves)) if len(curves) == 1 else chosen
    title, alt = (_roc_title(areas, single, escaped=escaped) for escaped in (True, False))
    x_title, y_title = _("False alarms (1 - specificity)"), _("Found (sensitivity)")
    return _below(furnish(figure, title=title, x=x_title, y=y_title, alt=alt))


def precision_recall(
    curves: Mapping[str, PrecisionRecallCurve],
    areas: Mapping[str, MetricValue],
    *,
    threshold: float | None = None,
    chosen: str | None = None,
    band: Band | None = None,
    points: Mapping[str, Called] | None = None,
) -> go.Figure:
    """Draw the precision-recall curve of one class, or of several against the rest, as steps.

    The parameters are those of `roc`; `areas` are average precisions. The dotted line is the prevalence of
    the bold class: what calling at random comes to.
    """
    figure, bold = go.Figure(), _bold(list(curves), chosen)
    if bold is not None and bold in curves:
        _add_prevalence(figure, curves[bold].prevalence)
    _add_band(figure, band)
    for name, curve in _bold_last(curves, bold):
        x, y = np.append(0, curve.recall), np.append(curve.precision[:1], curve.precision)
        thresholds = np.append(curve.thresholds[:1], curve.thresholds)
        hover = _("threshold %{customdata:.2f}: of those called %{y:.2f} are right, found %{x:.2f}")
        _add_curve(figure, Drawn(name, x, y, thresholds, areas[name]), hover, list(curves), bold, shape="vh")
    shown = {name: (point.sensitivity, point.precision) for name, point in (points or {}).items()}
    _mark(figure, shown, list(curves), bold, _precision_note(threshold, (points or {}).get(bold or "")))
    figure.update_xaxes(range=[-0.02, 1.02], constrain="domain")
    figure.update_yaxes(range=[-0.02, 1.02], scaleanchor="x")
    single = next(iter(curves)) if len(curves) == 1 else chosen
    title, alt = (_precision_title(areas, single, escaped=escaped) for escaped in (True, False))
    x_title, y_title = _("Found (recall, sensitivity)"), _("Right among those called (precision)")
    return _below(furnish(figure, title=title, x=x_title, y=y_title, alt=alt))


def _bold_last(curves: Mapping[str, _Curve], bold: str | None) -> list[tuple[str, _Curve]]:
    """Return the curves in the order of drawing: the bold one lies on top."""
    return sorted(curves.items(), key=lambda named: named[0] == bold)


def _bold(names: list[str], chosen: str | None) -> str | None:
    return names[0] if len(names) == 1 else chosen


def _style(names: list[str], name: str, bold: str | None) -> dict[str, object]:
    """Return colour, dash and width: the bold one alike on every page, the others told apart if few."""
    index = names.index(name)
    if name == bold:
        return {"color": BLUE, "dash": "solid", "width": 3}
    if bold is None:
        colour = COLOURS[index % len(COLOURS)]
        return {"color": colour, "dash": DASHES[index % len(DASHES)], "width": 2.5}
    if len(names) - 1 > _MOST_NAMED:
        return {"color": GREY, "dash": "solid", "width": 1}
    others = [other for other in names if other != bold]
    place = 1 + others.index(name)
    return {"color": COLOURS[place % len(COLOURS)], "dash": DASHES[place % len(DASHES)], "width": 1.3}


def _is_crowd(names: list[str], name: str, bold: str | None) -> bool:
    """Tell whether a curve is one of many grey ones, which have one name in the legend."""
    return bold is not None and name != bold and len(names) - 1 > _MOST_NAMED


def _add_curve(
    figure: go.Figure, drawn: Drawn, hover: str, names: list[str], bold: str | None, *, shape: str = "linear"
) -> None:
    kept = thinned(drawn.x, drawn.y)
    crowd = _is_crowd(names, drawn.name, bold)
    named = f"{label(drawn.name)}: {with_interval(drawn.area)}"
    first = next((name for name in names if name != bold), None)
    figure.add_scatter(
        x=drawn.x[kept],
        y=drawn.y[kept],
        customdata=drawn.thresholds[kept],
        mode="lines",
        line={**_style(names, drawn.name, bold), "shape": shape},
        name=_("the other {n} classes", n=len(names) - 1) if crowd else named,
        meta=named,
        opacity=0.35 if crowd else 1,
        legendrank=900 if drawn.name == bold else 1000,
        legendgroup="crowd" if crowd else None,
        showlegend=not crowd or drawn.name == first,
        hovertemplate=f"%{{meta}}<br>{hover}<extra></extra>" if len(names) > 1 else f"{hover}<extra></extra>",
    )


def _add_band(figure: go.Figure, band: Band | None) -> None:
    if band is None:
        return
    name = _("{percent} % band, place by place", percent=round(100 * band.level))
    figure.add_scatter(
        x=np.concatenate([band.x, band.x[::-1]]),
        y=np.concatenate([band.low, band.high[::-1]]),
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        mode="lines",
        name=name,
        hoverinfo="skip",
    )


def _add_prevalence(figure: go.Figure, prevalence: float) -> None:
    figure.add_scatter(
        x=[0, 1],
        y=[prevalence, prevalence],
        mode="lines",
        line={"color": GREY, "dash": "dot", "width": 1},
        name=_("calling at random: {value:.2f}, the prevalence", value=prevalence),
        hoverinfo="skip",
    )


def _mark(
    figure: go.Figure,
    points: Mapping[str, tuple[float, float]],
    names: list[str],
    bold: str | None,
    note: str,
) -> None:
    """Mark what the decisions come to: the bold class's large and in words, the others' small."""
    others = [name for name in points if name != bold and name in names and np.isfinite(points[name]).all()]
    if others:
        figure.add_scatter(
            x=[points[name][0] for name in others],
            y=[points[name][1] for name in others],
            mode="markers",
            marker={
                "size": 7,
                "symbol": "diamond",
                "color": [_style(names, n, bold)["color"] for n in others],
            },
            name=_("where each class is called now")
            if bold is None
            else _("where the others are called now"),
            text=[label(name) for name in others],
            hovertemplate="%{text}: %{x:.2f}, %{y:.2f}<extra></extra>",
        )
    if bold is not None and bold in points and np.isfinite(points[bold]).all():
        figure.add_scatter(
            x=[points[bold][0]],
            y=[points[bold][1]],
            mode="markers",
            marker={"color": VERMILION, "size": 13, "symbol": "diamond"},
            name=note,
            hovertemplate="%{fullData.name}",
        )


def _called_from(curve: RocCurve, threshold: float) -> Called:
    """Return the last point that still calls what scores `threshold` or more."""
    place = int(np.searchsorted(-curve.thresholds, -threshold, side="right")) - 1
    x, y = curve.false_positive_rate[place], curve.true_positive_rate[place]
    return Called(float(x), float(y), float("nan"))


def _roc_note(threshold: float | None, point: Called | None) -> str:
    if point is None:
        return ""
    y, s = point.sensitivity, 1 - point.false_positive_rate
    if threshold is None:
        return _("as decided now: sensitivity {y:.2f}, specificity {s:.2f}", y=y, s=s)
    return _(
        "threshold {threshold}: sensitivity {y:.2f}, specificity {s:.2f}",
        threshold=threshold_text(threshold),
        y=y,
        s=s,
    )


def _precision_note(threshold: float | None, point: Called | None) -> str:
    if point is None:
        return ""
    x, y = point.sensitivity, point.precision
    if threshold is None:
        return _("as decided now: recall {x:.2f}, precision {y:.2f}", x=x, y=y)
    shown = threshold_text(threshold)
    return _("threshold {threshold}: recall {x:.2f}, precision {y:.2f}", threshold=shown, x=x, y=y)


def _roc_title(areas: Mapping[str, MetricValue], single: str | None, *, escaped: bool) -> str | Message:
    if single is None or single not in areas:
        return _("How well is each class told from the rest?")
    area, name = areas[single], label(single) if escaped else single
    return _("AUROC for '{name}': {area}, n = {n}", name=name, area=with_interval(area), n=area.n)


def _precision_title(areas: Mapping[str, MetricValue], single: str | None, *, escaped: bool) -> str | Message:
    if single is None or single not in areas:
        return _("How many of those called are right?")
    area, name = areas[single], label(single) if escaped else single
    return _("Average precision for '{name}': {area}, n = {n}", name=name, area=with_interval(area), n=area.n)


def _below(figure: go.Figure) -> go.Figure:
    """Set the legend below the axis title, one name a line: they are too long to stand side by side."""
    n_lines = sum(trace.showlegend is not False for trace in figure.data)
    height = _HEIGHT + _LINE_HEIGHT * n_lines
    legend = {"orientation": "v", "y": -0.18, "yanchor": "top"}
    figure.update_layout(height=height, legend=legend, margin={"t": _TOP})
    return figure
