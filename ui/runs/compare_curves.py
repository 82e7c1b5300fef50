"""The curves of any number of runs over each other: losses and a metric, by epoch, step or time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.jobs.status import ALIVE
from core.language import _, ngettext
from core.runs.records import EpochMetrics
from core.runs.store import Run
from core.statistics.smoothing import smooth
from ui.live_chart import MOST_POINTS, Along, Axis, Colour, Panel, Series, live_chart, thin
from ui.runs.compare_log import CurveLog, curve_log
from ui.session import full, use_language
from ui.training.curves import METRIC_TITLES, metric_panel

MOST_IN_COLOUR: Final = 16
_FIRST_IN_COLOUR: Final = 8
_COLOURS: Final[tuple[Colour, ...]] = (
    "blue",
    "orange",
    "green",
    "purple",
    "sky",
    "yellow",
    "brown",
    "grey",
)
_AXES: Final[tuple[Axis, ...]] = ("epoch", "step", "time")
_MOST_NUMBERS: Final = 12_000  # points in one message to the browser
_FEWEST_POINTS: Final = 60
_REFRESH_SECONDS: Final = 1.0
_PANEL_PIXELS: Final = 180
_MINUTES_FROM: Final = 600  # seconds; a longer run is shown in minutes


@dataclass(frozen=True)
class _View:
    """What the visitor chose: the axis, the validation metric, how smooth, which runs in colour."""

    axis: Axis = "epoch"
    metric: str = "auroc"
    smoothing: float = 0.0


@dataclass(frozen=True)
class _Look:
    """How a run's curves are drawn; None for `legend` leaves it out."""

    colour: Colour
    dashed: bool = False
    faint: bool = False


def curves_section(runs: Sequence[Run]) -> None:
    """Draw the curves; once a second while one of the runs lives."""
    is_alive = any(run.state in ALIVE for run in runs)
    follow = st.fragment(_follow, run_every=_REFRESH_SECONDS if is_alive else None)
    follow(runs, is_alive)


def _follow(chosen: Sequence[Run], was_alive: bool) -> None:
    use_language()
    runs = _there(chosen)
    if not runs:
        return
    logs = {run.run_id: curve_log(run) for run in runs}
    view = _choose_view(runs) if full() else _View(metric=_first_metric(runs))
    looks = _looks(list(logs))
    _draw(logs, looks, view)
    if len({(run.config.loss, run.config.label_smoothing) for run in runs}) > 1:
        st.caption(
            _("They did not learn by the same loss, so their training losses are on different scales.")
        )
    if was_alive and not any(run.state in ALIVE for run in runs):
        st.rerun()


def _there(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that are still there: one may be deleted while it is shown."""
    found = [run for run in runs if (run.folder / "config.json").exists()]
    if len(found) < len(runs):
        st.caption(_("One of the runs is no longer there."))
    return found


def _choose_view(runs: Sequence[Run]) -> _View:
    metrics = list(METRIC_TITLES)
    st.session_state.setdefault("compare-axis", "epoch")
    st.session_state.setdefault("compare-metric", _first_metric(runs))
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-view"):
        titles = {"epoch": _("Epochs"), "step": _("Steps"), "time": _("Time")}
        axis = st.segmented_control(
            _("Over"),
            _AXES,
            format_func=lambda name: titles[name],
            required=True,
            key="compare-axis",
            persist_state="session",
        )
        metric = st.selectbox(
            _("Validation metric"),
            metrics,
            format_func=lambda name: _(METRIC_TITLES[name]),
            key="compare-metric",
            persist_state="session",
            width=200,
        )
        smoothing = st.slider(
            _("Smoothing"),
            0.0,
            0.95,
            0.0,
            step=0.05,
            help=_(
                "Draws each point towards the ones before it, so that the trend is seen through the noise. 0"
                " shows the curves as they are; the raw line stays faint behind."
            ),
            key="compare-smoothing",
            persist_state="session",
            width=220,
        )
    return _View(axis or "epoch", metric, smoothing)


def _first_metric(runs: Sequence[Run]) -> str:
    """Return what all runs chose their best epoch by, else the AUROC."""
    chosen = {run.config.best_by for run in runs}
    only = chosen.pop() if len(chosen) == 1 else "auroc"
    return only if only in METRIC_TITLES else "auroc"


def _looks(names: Sequence[str]) -> dict[str, _Look]:
    """Give each run a colour; beyond eight with dashes, beyond sixteen to those that the visitor chose."""
    is_crowd = len(names) > MOST_IN_COLOUR
    chosen = _choose_coloured(names) if is_crowd else list(names)
    colours = _COLOURS[:-1] if is_crowd else _COLOURS  # grey is then for the others
    looks = {name: _Look("grey", faint=True) for name in names}
    for place, name in enumerate(chosen):
        looks[name] = _Look(colours[place % len(colours)], dashed=place >= len(colours))
    return {name: looks[name] for name in sorted(names, key=lambda name: name in chosen)}  # colour on top


def _choose_coloured(names: Sequence[str]) -> list[str]:
    key = "compare-coloured"
    kept = [name for name in st.session_state.get(key, []) if name in names]
    if key not in st.session_state or kept != st.session_state[key]:
        st.session_state[key] = kept or list(names[:_FIRST_IN_COLOUR])
    st.caption(
        _(
            "{n} runs are more than an eye can tell apart by colour: those chosen here are in colour, the"
            " others grey.",
            n=len(names),
        )
    )
    return st.multiselect(
        _("In colour"), names, max_selections=2 * (len(_COLOURS) - 1), key=key, persist_state="session"
    )


def _draw(logs: dict[str, CurveLog], looks: dict[str, _Look], view: _View) -> None:
    is_long = view.axis == "time" and max(map(_last_second, logs.values()), default=0) > _MINUTES_FROM
    pen = _Pen(view, 60.0 if is_long else 1.0, _most_points(len(logs), view))
    titles = {
        "epoch": _("Epoch"),
        "step": _("Training step"),
        "time": _("Time in training (minutes)") if is_long else _("Time in training (seconds)"),
    }
    training = [line for name, look in looks.items() for line in pen.training(name, logs[name], look)]
    losses = [
        line for name, look in looks.items() for line in pen.of_epochs(name, logs[name], look, "val_loss")
    ]
    field = f"val_{view.metric}"
    metrics = [line for name, look in looks.items() for line in pen.of_epochs(name, logs[name], look, field)]
    title = _("Validation: {metric}", metric=_(METRIC_TITLES[view.metric]))
    panels = [
        Panel(_("Training loss"), tuple(training), low=0),
        Panel(_("Validation loss (cross-entropy)"), tuple(losses), low=0),
        metric_panel(title, metrics, view.metric),
    ]
    alt = ngettext("The curves of {n} run.", "The curves of {n} runs over each other.", len(logs))
    height = 70 + _PANEL_PIXELS * len(panels)
    live_chart("compare-curves", panels, Along(titles[view.axis], view.axis), alt=alt, height=height)
    if view.axis == "time":
        st.caption(_("Pauses are left out. Times of runs that shared the machine say little."))


def _most_points(n_runs: int, view: _View) -> int:
    """Return how many points a curve may have, so that all of them fit one message."""
    n_curves = 3 * n_runs * (2 if view.smoothing else 1)
    return max(_FEWEST_POINTS, min(MOST_POINTS, _MOST_NUMBERS // n_curves))


@dataclass(frozen=True)
class _Pen:
    """Makes curves of a run's lines, as the view says; `scale` seconds are one unit of time."""

    view: _View
    scale: float
    most: int

    def training(self, name: str, log: CurveLog, look: _Look) -> list[Series]:
        """Return the training loss of each group of steps."""
        columns = log.training
        xs = {"epoch": columns.epochs, "step": columns.steps, "time": columns.seconds}[self.view.axis]
        n = min(len(xs), len(columns.losses))  # another visitor may be reading on
        return self._lines(Series(name, self._scaled(xs[:n]), columns.losses[:n]), look)

    def of_epochs(self, name: str, log: CurveLog, look: _Look, field: str) -> list[Series]:
        """Return what the validation split said after each epoch."""
        known = [(line, getattr(line, field)) for line in log.epochs]
        known = [(line, value) for line, value in known if value is not None and math.isfinite(value)]
        xs = self._scaled([_x_of(line, self.view.axis) for line, _value in known])
        return self._lines(Series(name, xs, [float(value) for _line, value in known]), look)

    def _scaled(self, xs: list[float]) -> list[float]:
        return [x / self.scale for x in xs] if self.view.axis == "time" else xs

    def _lines(self, plain: Series, look: _Look) -> list[Series]:
        """Return a curve in its colour; smoothed, with the raw one faint behind it."""
        raw = replace(
            plain,
            colour=look.colour,
            dashed=look.dashed,
            faint=look.faint,
            dots=len(plain.xs) <= _FEWEST_POINTS and not look.faint,
            legend=_("the others") if look.faint else plain.name,
        )
        if not self.view.smoothing:
            return [thin(raw, self.most)]
        behind = replace(raw, faint=True, dots=False, legend=None, name=_("{name} (raw)", name=plain.name))
        drawn = replace(raw, ys=smooth(raw.ys, self.view.smoothing).tolist(), dots=False)
        return [thin(behind, self.most), thin(drawn, self.most)]


def _x_of(line: EpochMetrics, axis: Axis) -> float:
    if axis == "time":
        return line.seconds
    return float(line.step if axis == "step" else line.epoch)


def _last_second(log: CurveLog) -> float:
    return log.training.seconds[-1] if log.training.seconds else 0.0
