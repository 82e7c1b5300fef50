"""The curves of a run, and of others over it: panels of the live chart from lines of metrics.jsonl."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from core.evaluation.coach import Finding
from core.language import N_, _
from core.runs.records import EpochMetrics, StepMetrics
from core.training.config import TrainingConfig
from core.training.config.stages import plan
from ui.cache import MetricsLog
from ui.live_chart import Axis, Band, Colour, Mark, Panel, Series, thin
from ui.training.bands import band

PanelName = Literal["loss", "metric", "rate", "speed"]
Line = StepMetrics | EpochMetrics

PANEL_TITLES: Final[dict[PanelName, str]] = {
    "loss": N_("Loss"),
    "metric": N_("Metric"),
    "rate": N_("Learning rate"),
    "speed": N_("Images/s"),
}
METRIC_TITLES: Final = {
    "auroc": "AUROC",
    "accuracy": N_("Accuracy"),
    "balanced_accuracy": N_("Balanced accuracy"),
    "average_precision": N_("Average precision"),
    "f1": "F1",
    "mcc": "MCC",
}
MOST_OTHERS: Final = 5
LETTERS: Final = "ABC"  # of the coach's findings
_GUESSING: Final = {"auroc": 0.5}  # what a metric is where nothing was learned, the same for all data sets
_OTHER_COLOURS: Final[tuple[Colour, ...]] = ("purple", "sky", "yellow", "brown", "grey")


@dataclass(frozen=True)
class Behind:
    """What stands in grey behind a run: one other run, or several that share all but the seed, as a band."""

    name: str
    logs: tuple[MetricsLog, ...]


@dataclass(frozen=True)
class View:
    """What of a run is drawn: over epochs or steps, in which panels, which validation metric."""

    axis: Axis = "epoch"
    panels: tuple[PanelName, ...] = ("loss", "metric")
    metric: str = "auroc"


def run_panels(
    log: MetricsLog,
    *,
    behind: Behind | None = None,
    others: Sequence[tuple[str, MetricsLog]] = (),
    metric_name: str = "",
    loss_name: str = "",
    view: View | None = None,
) -> tuple[Panel, ...]:
    """Return the panels of a run, from top to bottom, with other runs' curves over or behind them.

    Parameters
    ----------
    log
        The lines of the run.
    behind
        What is drawn in grey behind it: the run that it was made from.
    others
        Runs to lay over it, by name.
    metric_name, loss_name
        What the metric panel shows, with its positive class, and what the loss panel does.
    view
        What is drawn; by default loss and AUROC over epochs.
    """
    view = view or View()
    title = metric_name or _("Validation AUROC")
    made: dict[PanelName, Callable[[], Panel]] = {
        "loss": lambda: Panel(
            loss_name or _("Loss (cross-entropy)"), _loss(log, behind, others, view), low=0
        ),
        "metric": lambda: metric_panel(title, _metric(log, behind, others, view), view.metric),
        "rate": lambda: Panel(
            _("Learning rate"), _of_steps(log, behind, others, view, "learning_rate"), low=0
        ),
        "speed": lambda: Panel(
            _("Images/s"), _of_steps(log, behind, others, view, "images_per_second"), low=0
        ),
    }
    return tuple(made[name]() for name in view.panels)


def metric_panel(title: str, series: Sequence[Series], metric: str = "auroc") -> Panel:
    """Return a panel from guessing (0.5 for AUROC) to perfect: a closer view would show noise as progress."""
    lowest = min((min(one.low or one.ys) for one in series if len(one.ys)), default=1.0)
    low = _GUESSING.get(metric, 0.0)
    return Panel(title, tuple(series), low=low if lowest >= low else None, high=1)


def loss_title(config: TrainingConfig) -> str:
    """Return what the panel of a run's loss is called."""
    if config.loss == "focal":
        return _("Loss (training: focal; validation: cross-entropy)")
    return _("Loss (cross-entropy)")


def stage_bands(config: TrainingConfig, log: MetricsLog, axis: Axis) -> tuple[Band, ...]:
    """Return a band for each stage of a run; none where there is one stage only."""
    stages = plan(config)
    if len(stages) < 2:
        return ()
    steps = _steps_an_epoch(log) if axis == "step" else 1.0
    if steps is None:
        return ()
    return tuple(
        Band((stage.first_epoch - 1) * steps, stage.last_epoch * steps, str(stage.title)) for stage in stages
    )


def event_marks(log: MetricsLog, axis: Axis) -> tuple[Mark, ...]:
    """Return a numbered mark for each thing that happened to a run; a stage has its band."""
    happened = [event for event in log.events if event.what != "stage"]
    return tuple(
        Mark(float(event.step if axis == "step" else event.epoch), str(number))
        for number, event in enumerate(happened, start=1)
    )


def finding_spans(findings: Sequence[Finding], log: MetricsLog, axis: Axis) -> tuple[Band, ...]:
    """Return where each finding of the coach shows, with a letter: events have numbers."""
    steps = _steps_an_epoch(log) if axis == "step" else 1.0
    if steps is None or axis == "time":
        return ()
    return tuple(
        Band((finding.first_epoch - 1) * steps, finding.last_epoch * steps, letter)
        for letter, finding in zip(LETTERS, findings, strict=False)
    )


def _steps_an_epoch(log: MetricsLog) -> float | None:
    line: Line | None = log.epochs[-1] if log.epochs else (log.steps[-1] if log.steps else None)
    return line.step / line.epoch if line is not None and line.epoch else None


def _xs(lines: Sequence[Line], axis: Axis) -> list[float]:
    return [float(line.step if axis == "step" else line.epoch) for line in lines]


def _loss(
    log: MetricsLog, behind: Behind | None, others: Sequence[tuple[str, MetricsLog]], view: View
) -> tuple[Series, ...]:
    found = _behind(behind, lambda one: _val_loss(one, view))
    found += [
        replace(mean, legend=_("its training loss"), dashed=True, low=None, high=None)
        for mean in _behind(behind, lambda one: _train_loss(one, view))
    ]
    for (name, other), colour in zip(others, _OTHER_COLOURS, strict=False):
        found.append(_over(_val_loss(other, view), name, colour))
    ys = [step.loss for step in log.steps]
    found += [Series(_("Training loss"), _xs(log.steps, view.axis), ys, "blue"), _val_loss(log, view)]
    return tuple(thin(series) for series in found)


def _metric(
    log: MetricsLog, behind: Behind | None, others: Sequence[tuple[str, MetricsLog]], view: View
) -> list[Series]:
    found = _behind(behind, lambda one: _val_metric(one, view))
    for (name, other), colour in zip(others, _OTHER_COLOURS, strict=False):
        found.append(_over(_val_metric(other, view), name, colour))
    return [thin(series) for series in [*found, _val_metric(log, view)]]


def _of_steps(
    log: MetricsLog,
    behind: Behind | None,
    others: Sequence[tuple[str, MetricsLog]],
    view: View,
    field: str,
) -> tuple[Series, ...]:
    """Return the curves of a number that every group of steps has."""
    title = _("Learning rate") if field == "learning_rate" else _("Images/s")
    colours = dict(zip((name for name, _log in others), _OTHER_COLOURS, strict=False))
    first = Behind(behind.name, behind.logs[:1]) if behind else None  # speed is no matter of seeds
    found = _behind(first, lambda one: _step_series(one, view, field, title))
    found += [
        _over(_step_series(other, view, field, title), name, colours[name])
        for name, other in others
        if name in colours
    ]
    return tuple(thin(series) for series in [*found, _step_series(log, view, field, title)])


def _step_series(log: MetricsLog, view: View, field: str, title: str) -> Series:
    ys = [getattr(step, field) for step in log.steps]
    return Series(title, _xs(log.steps, view.axis), ys, "blue", legend=None)


def _train_loss(log: MetricsLog, view: View) -> Series:
    """Return the mean of each epoch: fine enough for what stands behind."""
    ys = [line.train_loss for line in log.epochs]
    return Series(_("Training loss"), _xs(log.epochs, view.axis), ys, "blue")


def _val_loss(log: MetricsLog, view: View) -> Series:
    ys = [line.val_loss for line in log.epochs]
    return Series(_("Validation loss"), _xs(log.epochs, view.axis), ys, "orange", dots=True)


def _val_metric(log: MetricsLog, view: View) -> Series:
    name = f"val_{view.metric}"
    known = [line for line in log.epochs if getattr(line, name) is not None]
    title = _("Validation {metric}", metric=_metric_title(view))
    ys = [float(getattr(line, name)) for line in known]
    return Series(title, _xs(known, view.axis), ys, "green", dots=True)


def _metric_title(view: View) -> str:
    return _(METRIC_TITLES[view.metric])


def _behind(behind: Behind | None, curve_of: Callable[[MetricsLog], Series]) -> list[Series]:
    """Return the grey curve of what stands behind, or its band; none where nothing has begun."""
    curves = [curve_of(log) for log in behind.logs] if behind else []
    begun = [curve for curve in curves if len(curve.xs)]
    if behind is None or not begun:
        return []
    name = f"{behind.name}: {begun[0].name}"
    grey = band(begun, name) or replace(begun[0], name=name)
    return [replace(grey, legend=behind.name, colour="grey", faint=True, dots=False)]


def _over(series: Series, run: str, colour: Colour) -> Series:
    return replace(series, name=f"{run}: {series.name}", legend=run, colour=colour, dashed=True, dots=False)
