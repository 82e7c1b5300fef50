"""The live chart: panels of curves over one x axis, on a canvas that stays while it grows.

It is a component of our own because it must stay: it is mounted once, keeps its canvas, its zoom and where
it was moved to, and takes new points as they come. Its scripts are in ui/assets/.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import streamlit.components.v2 as components

from core.language import _
from ui.shell import ASSETS

MOST_POINTS: Final = 600

Colour = Literal["blue", "orange", "green", "purple", "sky", "yellow", "brown", "grey"]
Axis = Literal["epoch", "step", "time"]


@dataclass(frozen=True)
class Series:
    """One curve. `xs` rise; `faint` is for what stands behind.

    `legend` is one entry for several curves, by default the name; None: the panel's title says it all.
    `low` and `high`, both or none, are as long as `ys`: the area between them is shaded in its colour.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    colour: Colour = "blue"
    dashed: bool = False
    faint: bool = False
    dots: bool = False
    legend: str | None = ""
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


@dataclass(frozen=True)
class Panel:
    """Curves that share a y axis; `low` and `high` fix its ends, None lets it follow the curves."""

    y_title: str
    series: tuple[Series, ...]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Band:
    """A stretch of the x axis with a name, such as a stage of the training or where a fault shows."""

    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Mark:
    """A place on the x axis where something happened; `label` is short, such as a number."""

    x: float
    label: str


@dataclass(frozen=True)
class Along:
    """The shared x axis.

    Attributes
    ----------
    axis
        What is counted; where it changes, the chart forgets its zoom.
    high
        The right end to begin with, such as the number of epochs asked for; None: that of the curves.
    bands, marks, spans
        What is drawn behind all panels; of a span, the label stands where it begins.
    is_over
        Whether no more points will come: an empty panel says so.
    """

    title: str
    axis: Axis = "epoch"
    high: float | None = None
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
    spans: tuple[Band, ...] = ()
    is_over: bool = False


_LISTS: Final = ("xs", "ys", "low", "high")
_SCRIPTS: Final = ("live_chart_drawing.js", "live_chart.js")  # the second builds on the first
_component = components.component(
    "lightbox_live_chart",
    css=(ASSETS / "live_chart.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


def live_chart(key: str, panels: Sequence[Panel], along: Along, *, alt: str, height: int = 420) -> None:
    """Draw panels of curves over one x axis, on a canvas that stays from call to call with the same key.

    Parameters
    ----------
    key
        Names the chart; the canvas is kept as long as the key is shown.
    panels
        From top to bottom.
    along
        The x axis, and what is drawn along it.
    alt
        What the chart shows now, for those who do not see it.
    height
        In CSS pixels.
    """
    data = {
        "panels": [_panel(panel) for panel in panels],
        "bands": [vars(band) for band in along.bands],
        "marks": [vars(mark) for mark in along.marks],
        "spans": [vars(span) for span in along.spans],
        "axis": along.axis,
        "xTitle": along.title,
        "xHigh": along.high,
        "alt": alt,
        "height": height,
        "strings": {
            "hint": _("Point at the chart to read values; drag to zoom."),
            "panHint": _("Hold Shift and drag to move along; double-click to see all."),
            "reset": _("Show all"),
            "nearer": _("Zoom in"),
            "farther": _("Zoom out"),
            "range": _("{value} ({low} to {high})", value="{value}", low="{low}", high="{high}"),
            "waiting": _("No points") if along.is_over else _("Waiting for the first point…"),
        },
    }
    _component(data=data, key=key, height="content")


def thin(series: Series, most: int = MOST_POINTS) -> Series:
    """Return at most `most` points of a curve: the mean over equal groups, and its last point as it is.

    An area keeps the lowest and the highest of each group: what lay inside it still does.
    """
    n = len(series.xs)
    if n <= most:
        return series
    size = -(-(n - 1) // (most - 1))
    groups = [slice(start, min(start + size, n - 1)) for start in range(0, n - 1, size)]

    def grouped(values: Sequence[float], join: Callable[[Sequence[float]], float]) -> list[float]:
        return [*(join(values[group]) for group in groups), values[-1]]

    return replace(
        series,
        xs=grouped(series.xs, _mean),
        ys=grouped(series.ys, _mean),
        low=None if series.low is None else grouped(series.low, min),
        high=None if series.high is None else grouped(series.high, max),
    )


def _panel(panel: Panel) -> dict[str, Any]:
    series = [vars(one) | {name: _plain(getattr(one, name)) for name in _LISTS} for one in panel.series]
    return {"yTitle": panel.y_title, "low": panel.low, "high": panel.high, "series": series}


def _plain(values: Sequence[float] | None) -> list[float] | None:
    return None if values is None else list(values)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
