"""The live panel of the Train page: what a visitor can choose, and what is said besides the curves."""

import json

import pytest

from core.jobs.status import JobStatus, now, write_status
from core.language import Message
from core.runs.metrics import append_metrics
from core.runs.records import Environment, EpochMetrics, RunEvent, StepMetrics
from core.runs.store import create_run
from core.training.config import parse_config
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny

SPEED = {"learning_rate": 1e-3, "images_per_second": 1234.0, "seconds": 2.0}


@pytest.fixture
def runs(home):
    """Two runs of one data set that were stopped after an epoch; things happened to the second."""
    info = write_tiny("tiny", n_images=16)
    made = []
    for name, changes in (("first", {}), ("second", {"head_epochs": 2})):
        config = parse_config({"dataset": "tiny", **changes})
        run = create_run(config, dataset_revision=info.revision, run_id=name)
        moment = now()
        write_status(
            run.folder, JobStatus(kind="training", state="stopped", created_at=moment, launched_at=moment)
        )
        append_metrics(run.folder, StepMetrics(step=4, epoch=1, loss=0.7, memory_bytes=812_000_000, **SPEED))
        scores = {"train_loss": 0.7, "val_loss": 0.6, "val_accuracy": 0.8, "val_auroc": 0.9}
        append_metrics(run.folder, EpochMetrics(epoch=1, step=4, **scores, **SPEED))
        made.append(run)
    head, halved = Message(text="Head alone"), Message(text="The batch was halved.")
    began = Message(text="Begins with all weights of '{source}'.", values={"source": "*first*"})
    append_metrics(made[1].folder, RunEvent(what="stage", step=1, epoch=0, message=began))
    append_metrics(made[1].folder, RunEvent(what="stage", step=1, epoch=0, message=head))
    append_metrics(made[1].folder, RunEvent(what="memory", step=3, epoch=0.75, message=halved))
    environment = Environment(
        versions={},
        device="cpu",
        device_name="Some processor",
        threads=1,
        precision="float32",
        memory_format="contiguous",
        git_commit=None,
        dataset_revision=info.revision,
    )
    (made[1].folder / "env.json").write_text(environment.model_dump_json(), encoding="utf-8")
    (made[1].folder / "log.txt").write_text("the last line\n", encoding="utf-8")
    return made


def chart(app):
    """Return what the live chart was handed."""
    (component,) = [one for one in app.get("bidi_component") if "panels" in one.proto.json]
    return json.loads(component.proto.json)


def opened(level="full"):
    app = open_page("train", dataset="tiny", level=level, live_run="second")
    assert not app.exception
    return app


def test_axis_panels_and_other_runs_are_chosen_at_full(runs):
    app = opened()
    assert [panel["yTitle"] for panel in chart(app)["panels"]] == [
        "Loss (cross-entropy)",
        "Validation: AUROC for 'finding'",
    ]
    assert [band["label"] for band in chart(app)["bands"]] == ["Head alone", "Fine-tuning of all"]
    app.segmented_control(key="train-curve-axis").set_value("step").run()
    assert (chart(app)["axis"], chart(app)["xTitle"]) == ("step", "Training step")
    app.button_group(key="train-curve-panels").set_value(["rate", "speed"]).run()
    assert [panel["yTitle"] for panel in chart(app)["panels"]] == ["Learning rate", "Images/s"]
    app.multiselect(key="train-curve-others").set_value(["first"]).run()
    assert [series["legend"] for series in chart(app)["panels"][0]["series"]] == ["first", None]


def test_a_run_that_is_over_waits_for_no_point_and_its_bands_are_named_in_words(runs):
    app = opened()
    assert chart(app)["strings"]["waiting"] == "No points"
    assert shows(app, "; Epochs 3 to")


def test_the_machine_and_what_happened_are_said_in_words(runs):
    app = opened()
    assert shows(app, "Some processor · float32 · 1 thread · 1,234 images/s · 812 MB of memory")
    assert shows(app, "Epoch 0.8: The batch was halved.")
    assert shows(app, "Begins with all weights of '*first*'.")
    assert chart(app)["marks"] == [{"x": 0.75, "label": "1"}]
    assert not shows(app, "Epoch 0: Head alone")


def test_the_log_is_read_only_while_its_fold_is_open(runs):
    app = opened()
    assert not shows(app, "the last line")
    app.session_state["train-curve-log"] = True
    assert shows(app.run(), "the last line")


def test_basic_has_the_curves_and_what_happened_and_no_choice(runs):
    app = opened("basic")
    assert len(chart(app)["panels"]) == 2
    assert shows(app, "The batch was halved.")
    assert not shows(app, "Some processor")
    assert not [group for group in app.segmented_control if group.key == "train-curve-axis"]
