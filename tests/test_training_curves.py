"""The panels of the live chart: what is drawn over which axis, and where stages and events stand."""

from pathlib import Path

import pytest

from core.language import Message
from core.runs.records import EpochMetrics, RunEvent, StepMetrics
from core.training.config import parse_config
from ui.cache import MetricsLog
from ui.live_chart import Band, Mark
from ui.training.curves import MOST_OTHERS, View, event_marks, metric_panel, run_panels, stage_bands
from ui.training.follow import time_left


def log(*, n_epochs: int = 4, steps_an_epoch: int = 10) -> MetricsLog:
    speed = {"images_per_second": 500.0, "seconds": 1.0}
    steps = [
        StepMetrics(step=step, epoch=step / steps_an_epoch, loss=1 / step, learning_rate=0.1 / step, **speed)
        for step in range(1, n_epochs * steps_an_epoch + 1)
    ]
    epochs = [
        EpochMetrics(
            epoch=epoch,
            step=epoch * steps_an_epoch,
            train_loss=1.0,
            val_loss=1 / epoch,
            val_accuracy=0.5,
            val_auroc=0.75,
            val_f1=None if epoch == 1 else 0.25,
            learning_rate=0.1,
            **speed,
        )
        for epoch in range(1, n_epochs + 1)
    ]
    return MetricsLog(Path(), steps=steps, epochs=epochs)


def test_over_steps_an_epoch_stands_at_its_last_step() -> None:
    by_epoch, _metric = run_panels(log())
    by_step, _metric = run_panels(log(), view=View("step"))
    assert list(by_epoch.series[1].xs) == [1, 2, 3, 4]
    assert list(by_step.series[1].xs) == [10, 20, 30, 40]
    assert list(by_step.series[0].xs) == list(range(1, 41))
    assert by_step.series[1].ys == by_epoch.series[1].ys


def test_panels_come_in_the_order_of_the_view_and_hold_what_they_are_named_after() -> None:
    view = View("epoch", ("loss", "metric", "rate", "speed"), "f1")
    panels = run_panels(log(), view=view, metric_name="Validation: F1")
    titles = ["Loss (cross-entropy)", "Validation: F1", "Learning rate", "Images/s"]
    assert [panel.y_title for panel in panels] == titles
    assert list(panels[1].series[0].xs) == [2, 3, 4]  # F1 was not known after the first epoch
    assert panels[2].series[0].ys[0] == 0.1
    assert set(panels[3].series[0].ys) == {500.0}


def test_other_runs_lie_over_it_each_in_a_colour_and_once_in_the_legend() -> None:
    others = [(f"run-{number}", log()) for number in range(MOST_OTHERS)]
    for panel in run_panels(log(), others=others, view=View("epoch", ("loss", "metric", "rate"))):
        over = [series for series in panel.series if series.dashed]
        assert [series.legend for series in over] == [name for name, _log in others]
        assert len({series.colour for series in panel.series}) == len(panel.series)


def test_auroc_is_drawn_from_guessing_and_other_metrics_from_nothing() -> None:
    series = run_panels(log())[1].series
    assert (metric_panel("AUROC", series).low, metric_panel("F1", series, "f1").low) == (0.5, 0.0)
    assert metric_panel("MCC", [series[0]], "mcc").high == 1


def test_stages_are_bands_over_epochs_and_over_steps() -> None:
    config = parse_config({"dataset": "x", "epochs": 4, "head_epochs": 1})
    over_epochs = (Band(0, 1, "Head alone"), Band(1, 4, "Fine-tuning of all"))
    assert stage_bands(config, log(), "epoch") == over_epochs
    assert stage_bands(config, log(), "step") == (
        Band(0, 10, "Head alone"),
        Band(10, 40, "Fine-tuning of all"),
    )
    assert stage_bands(config, MetricsLog(Path()), "step") == ()
    assert stage_bands(parse_config({"dataset": "x"}), log(), "epoch") == ()


def test_what_happened_is_marked_and_numbered_and_a_stage_is_not() -> None:
    lines = log()
    what = Message(text="It happened.")
    lines.events = [
        RunEvent(what="stage", step=1, epoch=0, message=what),
        RunEvent(what="memory", step=12, epoch=1.2, message=what),
        RunEvent(what="disk", step=30, epoch=3.0, message=what),
    ]
    assert event_marks(lines, "epoch") == (Mark(1.2, "1"), Mark(3.0, "2"))
    assert event_marks(lines, "step") == (Mark(12, "1"), Mark(30, "2"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s left"),
        (99, "99 s left"),
        (100, "2 min left"),
        (5999, "100 min left"),
        (7500, "2 h 5 min left"),
    ],
)
def test_the_time_left_is_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert time_left(seconds) == words
