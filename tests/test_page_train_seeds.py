"""Is it luck? One click trains a run with other seeds; their band, their sentence, a way to stop them all."""

import json

import pytest

from core.jobs import control
from core.jobs.status import JobStatus, now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics, Parent
from core.runs.store import list_runs, open_run
from core.training import launch
from core.training.config import parse_config
from tests.screens import open_page, shows, texts
from tests.tiny_dataset import write_tiny
from ui.live_chart import Series
from ui.training.bands import band

SPEED = {"learning_rate": 1e-3, "images_per_second": 1234.0, "seconds": 2.0}


@pytest.fixture
def first(home, monkeypatch):
    """A run that has ended, of a data set of 16 images; no worker is started."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny("tiny", n_images=16)
    run = launch.make_run(parse_config({"dataset": "tiny", "epochs": 2}), run_id="first")
    (run.folder / "best.safetensors").touch()
    (run.folder / "model.json").write_text("{}", encoding="utf-8")
    learned(run, 0.91)
    return run


def learned(run, auroc, state="completed"):
    """Let a run have learned for two epochs; the second is its best."""
    moment = now()
    write_status(run.folder, JobStatus(kind="training", state=state, created_at=moment, launched_at=moment))
    for number, value in enumerate((0.6, auroc), start=1):
        values = {"train_loss": 0.7, "val_loss": 1 / number, "val_accuracy": 0.8, "val_auroc": value}
        append_metrics(run.folder, EpochMetrics(epoch=number, step=number, **values, **SPEED))


def opened(level="basic", language="en"):
    app = open_page(
        "train", dataset="tiny", live_run="first", level=level, language=language, **{"train-seeds": True}
    )
    assert not app.exception
    return app


def seeds():
    return [run for run in list_runs() if not run.is_shipped and run.run_id != "first"]


def bands(app):
    """Return the curves with an area in the chart of the seeds."""
    charts = [json.loads(one.proto.json) for one in app.get("bidi_component") if "panels" in one.proto.json]
    return [line for chart in charts for panel in chart["panels"] for line in panel["series"] if line["low"]]


def test_one_click_queues_two_more_and_all_can_be_stopped(first):
    app = opened()
    app.button(key="seeds-start-first").click().run()
    assert not app.exception
    assert sorted(run.config.seed for run in seeds()) == [1, 2]
    assert {run.request.group for run in seeds()} == {"first-seeds-001"}
    assert {run.state for run in seeds()} == {"queued"}
    assert app.session_state["live_run"] == "first"
    app.button(key="seeds-stop-first").click().run()
    assert all((run.folder / "stop").exists() for run in seeds())


def test_the_seeds_are_no_settings_for_the_next_visitor(first):
    opened().button(key="seeds-start-first").click().run()
    app = open_page("train", dataset="tiny")
    assert app.number_input(key="train-epochs-first").value == 2


def test_what_they_say_together_is_one_sentence_with_a_band(first):
    opened().button(key="seeds-start-first").click().run()
    for run, auroc in zip(sorted(seeds(), key=lambda run: run.config.seed), (0.93, 0.94), strict=True):
        learned(run, auroc)
    app = opened()
    assert shows(app, "3 seeds: AUROC 0.91, 0.93, 0.94. Luck alone made a difference of 0.03 here;")
    assert shows(app, "one more seed would make it larger in 50% of cases.")
    assert shows(app, "standard deviation 0.02 (n = 3 seeds)")
    assert shows(app, "0.89 to 0.96; from 3 seeds it is wide and rough")
    assert shows(app, "Two kinds of chance")
    assert [line["name"] for line in bands(app)] == [
        "Training loss: mean and range of 3 seeds",
        "Validation loss: mean and range of 3 seeds",
        "Validation: AUROC for 'finding': mean and range of 3 seeds",
    ]
    assert (bands(app)[-1]["low"], bands(app)[-1]["high"]) == ([0.6, 0.91], [0.6, 0.94])
    assert app.button(key="seeds-start-first").label == "Train 2 seeds more"


def test_a_branch_is_told_to_repeat_what_it_came_from(first):
    path = first.folder / "config.json"
    request = open_run("first").request.model_copy(update={"parent": Parent(run="older", epoch=3)})
    path.write_text(request.model_dump_json(), encoding="utf-8")
    assert shows(opened(), "It goes on from another run's weights")


@pytest.mark.parametrize("language", ["zh_Hans", "pseudo"])
def test_it_speaks_every_language(first, language):
    opened().button(key="seeds-start-first").click().run()
    for run in seeds():
        learned(run, 0.9)
    app = opened("full", language)
    said = [text for text in texts(app) if "luck" in text] + [line["name"] for line in bands(app)]
    assert len(said) >= 3
    assert not [text for text in said if "⟦" not in text and ("luck" in text or "range" in text)]


def test_a_band_goes_as_far_as_all_that_have_begun():
    curves = [Series("a", [1, 2, 3], [1, 2, 3]), Series("b", [1, 2], [3, 2]), Series("c", [], [])]
    whole = band(curves, "both")
    assert whole is not None
    assert (whole.xs, whole.ys, whole.low, whole.high) == ([1, 2], [2, 2], [1, 2], [3, 2])
    assert band(curves[1:], "one") is None
