"""The live chart, and the fragment that follows a run with it.

The chart is a component of our own because it must stay: it is mounted once, keeps its canvas and its zoom,
and takes new points as they come. Its drawing is in ui/assets/live_chart.js.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import streamlit as st
import streamlit.components.v2 as components

from core.errors import UserError
from core.evaluation.records import metric_title
from core.jobs.status import ALIVE, JobStatus
from core.language import N_, Message, _
from core.runs.store import Run, open_run
from ui import cache
from ui.cache import MetricsLog
from ui.messages import escape
from ui.pickers import STATE_TITLES
from ui.session import use_language
from ui.shell import ASSETS

MOST_POINTS: Final = 600
_REFRESH_SECONDS: Final = 1.0

Colour = Literal["blue", "orange", "green", "purple", "grey"]


@dataclass(frozen=True)
class Series:
    """One curve. `xs` rise; `faint` is for what stands behind; `legend` is one entry for several curves."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    colour: Colour = "blue"
    dashed: bool = False
    faint: bool = False
    dots: bool = False
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """Curves that share a y axis; `low` and `high` fix its ends, None lets it follow the curves."""

    y_title: str
    series: tuple[Series, ...]
    low: float | None = None
    high: float | None = None


_component = components.component(
    "lightbox_live_chart",
    css=(ASSETS / "live_chart.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + (ASSETS / "live_chart.js").read_text(encoding="utf-8"),
)


def live_chart(
    key: str,
    panels: Sequence[Panel],
    *,
    x_title: str,
    alt: str,
    x_high: float | None = None,
    height: int = 420,
) -> None:
    """Draw panels of curves over one x axis, on a canvas that stays from call to call with the same key.

    Parameters
    ----------
    key
        Names the chart; the canvas is kept as long as the key is shown.
    panels
        From top to bottom.
    x_title
        Title of the shared x axis, with its unit.
    alt
        What the chart shows now, for those who do not see it.
    x_high
        The right end of the axis to begin with, such as the number of epochs asked for.
    height
        In CSS pixels.
    """
    data = {
        "panels": [_panel(panel) for panel in panels],
        "xTitle": x_title,
        "xHigh": x_high,
        "alt": alt,
        "height": height,
        "strings": {
            "hint": _("Point at the chart to read values; drag to zoom."),
            "reset": _("Show all"),
            "waiting": _("Waiting for the first point…"),
        },
    }
    _component(data=data, key=key, height="content")


def thin(series: Series, most: int = MOST_POINTS) -> Series:
    """Return at most `most` points of a curve: the mean over equal groups, and its last point as it is."""
    n = len(series.xs)
    if n <= most:
        return series
    size = -(-(n - 1) // (most - 1))
    groups = range(0, n - 1, size)
    xs = [_mean(series.xs[start : min(start + size, n - 1)]) for start in groups]
    ys = [_mean(series.ys[start : min(start + size, n - 1)]) for start in groups]
    return replace(series, xs=[*xs, series.xs[-1]], ys=[*ys, series.ys[-1]])


def run_panels(
    log: MetricsLog, *, before: MetricsLog | None = None, metric_name: str = ""
) -> tuple[Panel, Panel]:
    """Return the loss panel and the metric panel of a run, with an earlier run's curves in grey behind.

    Parameters
    ----------
    log, before
        The lines of the run, and of the run behind it.
    metric_name
        What the metric panel shows, with its positive class.
    """
    loss: list[Series] = []
    metric: list[Series] = []
    if before is not None and before.epochs:
        loss.append(_behind(_val_loss(before), _("Validation loss before")))
        metric.append(_behind(_metric(before), _("AUROC before")))
    xs, ys = [step.epoch for step in log.steps], [step.loss for step in log.steps]
    loss += [Series(_("Training loss"), xs, ys, "blue"), _val_loss(log)]
    metric += [_metric(log)]
    return (
        Panel(_("Loss (cross-entropy)"), tuple(thin(series) for series in loss), low=0),
        metric_panel(metric_name or _("Validation AUROC"), [thin(series) for series in metric]),
    )


def metric_panel(title: str, series: Sequence[Series]) -> Panel:
    """Return a panel from guessing (0.5) to perfect: a closer view would make noise look like progress."""
    lowest = min((min(one.ys) for one in series if one.ys), default=0.5)
    return Panel(title, tuple(series), low=0.5 if lowest >= 0.5 else None, high=1)


def live_run(run_id: str, *, before: str | None = None, key: str | None = None) -> None:
    """Follow a run: state, progress, time left and its curves, once a second while it lives.

    When the run ends the whole page is run once more, so that what stands around it can follow.

    Parameters
    ----------
    run_id
        The run.
    before
        Another run, whose curves stay in grey behind.
    key
        The chart's key; by default one that is shared by all runs, so that the canvas stays when a new run
        begins.
    """
    is_alive = open_run(run_id).state in ALIVE
    follow = st.fragment(_follow, run_every=_REFRESH_SECONDS if is_alive else None)
    follow(run_id, before, key or "live-run", is_alive)


def _follow(run_id: str, before: str | None, key: str, was_alive: bool) -> None:
    use_language()
    run = open_run(run_id)
    state = run.state
    log = cache.metrics(run)
    _progress(run, state)
    earlier = cache.metrics(open_run(before)) if before else None
    live_chart(
        key,
        run_panels(log, before=earlier, metric_name=_metric_name(run)),
        x_title=_("Epoch"),
        alt=str(_spoken(run_id, log)),
        x_high=run.config.epochs if state in ALIVE else None,
    )
    if was_alive and state not in ALIVE:
        st.rerun()


def _metric_name(run: Run) -> str:
    try:
        positive = cache.dataset(run.config.dataset).info.positive_class
    except UserError:  # it has been deleted since
        return ""
    return _("Validation: {metric}", metric=metric_title("auroc", positive))


def _progress(run: Run, state: str) -> None:
    status: JobStatus = run.status
    parts = [f"**{escape(run.run_id)}**", _(STATE_TITLES[state])]
    if status.message:
        parts.append(escape(status.message))
    if state in ALIVE and status.seconds_left is not None:
        parts.append(_("{seconds} s left", seconds=max(1, round(status.seconds_left))))
    st.progress(status.progress, text=" · ".join(parts))
    if status.error is not None and state == "failed":
        st.error(escape(status.error), icon=":material/warning:")


def _spoken(run_id: str, log: MetricsLog) -> Message:
    if not log.epochs:
        return Message(text=N_("Learning curves of {run}: no epoch has ended yet."), values={"run": run_id})
    last = log.epochs[-1]
    return Message(
        text=N_(
            "Learning curves of {run}: after epoch {epoch} the training loss is {train}, validation {val}."
        ),
        values={
            "run": run_id,
            "epoch": last.epoch,
            "train": f"{last.train_loss:.3f}",
            "val": f"{last.val_loss:.3f}",
        },
    )


def _behind(series: Series, name: str) -> Series:
    return replace(series, name=name, legend=_("The run before"), colour="grey", faint=True)


def _val_loss(log: MetricsLog) -> Series:
    xs, ys = [float(line.epoch) for line in log.epochs], [line.val_loss for line in log.epochs]
    return Series(_("Validation loss"), xs, ys, "orange", dots=True)


def _metric(log: MetricsLog) -> Series:
    known = [(float(line.epoch), line.val_auroc) for line in log.epochs if line.val_auroc is not None]
    return Series(_("Validation AUROC"), [x for x, _y in known], [y for _x, y in known], "green", dots=True)


def _panel(panel: Panel) -> dict[str, Any]:
    series = [
        {**asdict(one), "xs": [float(x) for x in one.xs], "ys": [float(y) for y in one.ys]}
        for one in panel.series
    ]
    return {"yTitle": panel.y_title, "low": panel.low, "high": panel.high, "series": series}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
