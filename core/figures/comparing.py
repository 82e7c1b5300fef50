"""Several runs beside each other: a metric against a setting, and the ROC curves of two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.evaluation.curves import Called
from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.figures.theme import BLUE, GREY, VERMILION, furnish, label, tick
from core.language import Message, _, joined
from core.statistics.bands import Band
from core.statistics.roc import RocCurve
from core.statistics.thinning import thinned

_LOG_RATIO: Final = 20  # numbers that span more are drawn by decades
_SPREAD: Final = 0.3  # of the room between two words
_TWO: Final = ((BLUE, "solid"), (VERMILION, "dash"))
_HEIGHT: Final = 420


@dataclass(frozen=True)
class Trial:
    """A run as a point: its name, the value of a setting (a number or a word), and what it reached."""

    name: str
    setting: float | str
    metric: MetricValue
    group: int


def metric_against(trials: Sequence[Trial], *, setting: str, metric: str, title: str | Message) -> go.Figure:
    """Draw what runs reached against one of their settings.

    Runs of the same group are the same but for their seed: their mean is one point with its range, and each
    of them stands faint behind.

    Parameters
    ----------
    trials
        Numbers are drawn to scale, by decades where they span more than twenty times; words side by side.
    setting, metric
        What is on the axes, translated.
    title
        The question.
    """
    figure = go.Figure()
    groups: dict[int, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(trial.group, []).append(trial)
    axis, places = _places(list(groups.values()))
    single = [members[0] for members in groups.values() if len(members) == 1]
    joined = [members for members in groups.values() if len(members) > 1]
    _add_single(figure, single, places)
    _add_joined(figure, joined, places)
    furnish(figure, title=title, x=setting, y=metric, alt=_spelled_out(groups.values(), setting))
    figure.update_layout(height=_HEIGHT, hovermode="closest", legend={"y": -0.25, "yanchor": "top"})
    figure.update_xaxes(**axis)
    return figure


def is_by_decades(numbers: Sequence[float]) -> bool:
    """Tell whether numbers span so much that a plain axis would crowd the small ones."""
    return bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) > _LOG_RATIO


def two_rocs(
    curves: Mapping[str, RocCurve],
    areas: Mapping[str, MetricValue],
    *,
    positive: str,
    title: str | Message,
    bands: Mapping[str, Band] | None = None,
    points: Mapping[str, Called] | None = None,
) -> go.Figure:
    """Draw the ROC curves of two runs in one square.

    Parameters
    ----------
    curves, areas
        Run to its curve, and to its area with interval.
    positive
        The class that is to be found.
    title
        What was found.
    bands
        Run to the band of its curve, drawn behind it.
    points
        Run to what its decisions come to at the present threshold.
    """
    figure = go.Figure()
    for (name, _curve), (colour, _dash) in zip(curves.items(), _TWO, strict=False):
        if bands and name in bands:
            _add_band(figure, bands[name], colour)
    diagonal = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=diagonal, name=_("a coin: 0.50"), hoverinfo="skip"
    )
    for (name, curve), line in zip(curves.items(), _TWO, strict=False):
        _add_curve(figure, f"{label(name)}: {with_interval(areas[name])}", curve, line)
    for name, (colour, _dash) in zip(curves, _TWO, strict=False):
        if points and name in points:
            _add_point(figure, name, points[name], colour)
    figure.update_xaxes(range=[-0.02, 1.02], constrain="domain")
    figure.update_yaxes(range=[-0.02, 1.02], scaleanchor="x")
    x, y = _("False alarms (1 - specificity)"), _("Found (sensitivity)")
    said = joined((f"{name}: {with_interval(area)}" for name, area in areas.items()), "; ")
    alt = _("ROC curves for '{positive}'. {areas}", positive=positive, areas=said)
    furnish(figure, title=title, x=x, y=y, alt=alt)
    figure.update_layout(height=520, legend={"orientation": "v", "y": -0.18, "yanchor": "top"})
    return figure


def _add_curve(figure: go.Figure, name: str, curve: RocCurve, line: tuple[str, str]) -> None:
    colour, dash = line
    kept = thinned(curve.false_positive_rate, curve.true_positive_rate)
    figure.add_scatter(
        x=curve.false_positive_rate[kept],
        y=curve.true_positive_rate[kept],
        mode="lines",
        line={"color": colour, "dash": dash, "width": 2.5},
        name=name,
        hovertemplate=_("sensitivity %{y:.2f}, false alarms %{x:.2f}") + "<extra></extra>",
    )


def _add_point(figure: go.Figure, name: str, point: Called, colour: str) -> None:
    sensitivity, specificity = point.sensitivity, 1 - point.false_positive_rate
    if not np.isfinite([sensitivity, specificity]).all():
        return
    words = _("as decided now: sensitivity {y:.2f}, specificity {s:.2f}", y=sensitivity, s=specificity)
    figure.add_scatter(
        x=[point.false_positive_rate],
        y=[sensitivity],
        mode="markers",
        marker={"color": colour, "size": 12, "symbol": "diamond"},
        name=f"{label(name)}, {words}",
        hovertemplate="%{fullData.name}<extra></extra>",
    )


def _add_band(figure: go.Figure, band: Band, colour: str) -> None:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    line = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=band.x, y=band.low, **line)
    fill = {"fill": "tonexty", "fillcolor": f"rgba({red}, {green}, {blue}, 0.14)"}
    figure.add_scatter(x=band.x, y=band.high, **line, **fill)


def _places(groups: Sequence[Sequence[Trial]]) -> tuple[dict[str, object], dict[int, float]]:
    """Return the x axis, and where on it each group stands.

    Groups of the same word stand beside each other, that their intervals do not cover one another.
    """
    settings = [members[0].setting for members in groups]
    numbers = [setting for setting in settings if not isinstance(setting, str)]
    if len(numbers) == len(settings):
        places = {members[0].group: float(members[0].setting) for members in groups}
        by_decades = {"type": "log", "dtick": 1, "exponentformat": "power"}
        return by_decades if is_by_decades(numbers) else {}, places
    words = [setting if isinstance(setting, str) else f"{setting:g}" for setting in settings]
    order = {word: number for number, word in enumerate(dict.fromkeys(words))}
    places = {}
    for word, number in order.items():
        alike = [members[0].group for members, own in zip(groups, words, strict=True) if own == word]
        offsets = np.linspace(-_SPREAD, _SPREAD, len(alike)) if len(alike) > 1 else [0.0]
        places |= {group: number + float(offset) for group, offset in zip(alike, offsets, strict=True)}
    ticks = {
        "tickmode": "array",
        "tickvals": list(order.values()),
        "ticktext": [tick(word) for word in order],
    }
    return {**ticks, "range": [-0.6, len(order) - 0.4]}, places


def _add_single(figure: go.Figure, trials: Sequence[Trial], places: Mapping[int, float]) -> None:
    """Draw runs with the interval of each."""
    shown = [trial for trial in trials if trial.metric.value is not None]
    if not shown:
        return
    ends = np.array([_ends(trial.metric) for trial in shown])  # (n, 3): value, low, high
    figure.add_scatter(
        x=[places[trial.group] for trial in shown],
        y=ends[:, 0],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": ends[:, 2] - ends[:, 0],
            "arrayminus": ends[:, 0] - ends[:, 1],
            "color": BLUE,
            "thickness": 1.5,
        },
        mode="markers",
        marker={"color": BLUE, "size": 10},
        name=_("one run, 95 % interval"),
        text=[_named(trial) for trial in shown],
        hovertemplate="%{text}: %{y:.3f}<extra></extra>",
    )


def _add_joined(figure: go.Figure, groups: Sequence[Sequence[Trial]], places: Mapping[int, float]) -> None:
    """Draw runs that are the same but for their seed: each of them faint, their mean and range bold."""
    if not groups:
        return
    each = [trial for members in groups for trial in members if trial.metric.value is not None]
    figure.add_scatter(
        x=[places[trial.group] for trial in each],
        y=[trial.metric.value for trial in each],
        mode="markers",
        marker={"color": VERMILION, "size": 7, "opacity": 0.45, "symbol": "diamond-open"},
        name=_("each seed"),
        text=[_named(trial) for trial in each],
        hovertemplate="%{text}: %{y:.3f}<extra></extra>",
    )
    kept = [(members[0].group, _values(members)) for members in groups if len(_values(members))]
    means = np.array([values.mean() for _group, values in kept])
    figure.add_scatter(
        x=[places[group] for group, _values_of in kept],
        y=means,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": np.array([values.max() for _group, values in kept]) - means,
            "arrayminus": means - np.array([values.min() for _group, values in kept]),
            "color": VERMILION,
            "thickness": 2.5,
        },
        mode="markers",
        marker={"color": VERMILION, "size": 12, "symbol": "diamond"},
        name=_("mean of several seeds, from lowest to highest"),
        text=[_("{n} seeds", n=len(values)) for _group, values in kept],
        hovertemplate="%{text}: %{y:.3f}<extra></extra>",
    )


def _values(members: Sequence[Trial]) -> NDArray[np.float64]:
    return np.array([trial.metric.value for trial in members if trial.metric.value is not None])


def _named(trial: Trial) -> str:
    setting = trial.setting if isinstance(trial.setting, str) else f"{trial.setting:g}"
    return f"{label(trial.name)} ({label(setting)})"


def _ends(metric: MetricValue) -> tuple[float, float, float]:
    value = metric.value or 0.0
    if metric.low is None or metric.high is None:
        return value, value, value
    return value, metric.low, metric.high


def _spelled_out(groups: Iterable[Sequence[Trial]], setting: str) -> str:
    parts = []
    for members in groups:
        first = members[0]
        if len(members) == 1:
            said = str(with_interval(first.metric))
        else:
            values = _values(members)
            said = _(
                "{n} seeds, mean {mean:.2f} ({low:.2f} to {high:.2f})",
                n=len(members),
                mean=values.mean() if len(values) else float("nan"),
                low=values.min() if len(values) else float("nan"),
                high=values.max() if len(values) else float("nan"),
            )
        shown = first.setting if isinstance(first.setting, str) else f"{first.setting:g}"
        parts.append(f"{setting} {shown}: {said}")
    return joined(parts, "; ")
