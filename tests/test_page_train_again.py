"""Again, but with one thing changed: the form begins with any run, says what differs, starts its child."""

import json

import pytest

from core.datasets.records import SplitConfig
from core.datasets.store import datasets_dir
from core.jobs import control
from core.jobs.status import JobStatus, now, write_status
from core.runs.metrics import append_metrics
from core.runs.records import EpochMetrics, Parent
from core.runs.store import Run, list_runs, open_run
from core.training import launch
from core.training.config import parse_config
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from ui.training.wording import change_words

SPEED = {"learning_rate": 1e-3, "images_per_second": 1234.0, "seconds": 2.0}


@pytest.fixture
def tiny(home, monkeypatch):
    """Two data sets of 16 images; no worker is started."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny("other", n_images=16)
    return write_tiny("tiny", n_images=16)


def a_run(name, *, dataset="tiny", parent=None, aurocs=(0.7, 0.9), group=None, **changes) -> Run:
    config = parse_config({"dataset": dataset, **changes})
    run = launch.make_run(config, run_id=name, parent=Parent(run=parent) if parent else None, group=group)
    moment = now()
    write_status(
        run.folder, JobStatus(kind="training", state="completed", created_at=moment, launched_at=moment)
    )
    for number, auroc in enumerate(aurocs, start=1):
        values = {"train_loss": 0.7, "val_loss": 1 / number, "val_accuracy": 0.8, "val_auroc": auroc}
        append_metrics(run.folder, EpochMetrics(epoch=number, step=number, **values, **SPEED))
    return run


def handed(run, dataset="tiny", **changes):
    return json.dumps({"dataset": dataset, "run": run, "changes": changes})


def train(level="basic", **session):
    app = open_page("train", level=level, **session)
    assert not app.exception
    return app


def launched(app, *known):
    app.button(key="train-start").click().run()
    assert not app.exception
    return next(run for run in list_runs() if run.run_id not in known and not run.is_shipped)


def chart(app):
    (component,) = [one for one in app.get("bidi_component") if "panels" in one.proto.json]
    return json.loads(component.proto.json)


def test_the_form_begins_with_that_run_and_the_one_it_starts_is_its_child(tiny):
    a_run("old", epochs=7, learning_rate=0.01)
    a_run("new", epochs=9)
    app = train(dataset="tiny", handover=handed("old"))
    assert shows(app, "Again, but…: the settings of **old**")
    assert shows(app, "Nothing is changed yet")
    assert app.number_input(key="train-epochs-old").value == 7
    app.number_input(key="train-epochs-old").set_value(8).run()
    assert shows(app, "One change: Epochs 7 → **8**")
    child = launched(app, "old", "new")
    assert child.request.parent == Parent(run="old")
    assert (child.config.epochs, child.config.learning_rate) == (8, 0.01)
    assert "handover" not in app.session_state
    assert not shows(app, "Again, but…:")


def test_changes_are_filled_in_marked_and_put_back_one_by_one(tiny):
    a_run("old", epochs=7)
    steps = [{"name": "flip_horizontal", "parameters": {"probability": 0.5}}]
    changes = {"learning_rate": 0.01, "split.seed": 3, "augmentations": steps}
    app = train("full", dataset="tiny", handover=handed("old", **changes))
    assert shows(app, "3 changes at once")
    assert shows(app, "0.003 → **0.01**")
    assert app.session_state["train-split-seed-old"] == 3
    assert app.session_state["train-augmentations-old"] == ["flip_horizontal"]
    app.button(key="train-then-augmentations-back").click().run()
    assert shows(app, "2 changes at once")
    assert app.session_state["train-augmentations-old"] == [
        step.name for step in open_run("old").config.augmentations
    ]
    app.button(key="train-then-split-seed-back").click().run()
    assert shows(app, "One change: Learning rate 0.003 → **0.01**")
    app.button(key="train-reset").click().run()
    assert shows(app, "Nothing is changed yet")


def test_basic_names_and_keeps_what_it_does_not_show(tiny):
    a_run("old")
    app = train(dataset="tiny", handover=handed("old", weight_decay=0.1, epochs=2))
    assert shows(app, "Changed too, and kept")
    assert shows(app, "Weight decay")
    child = launched(app, "old")
    assert (child.config.weight_decay, child.config.epochs) == (0.1, 2)


def test_a_change_that_basic_does_not_show_can_be_put_back_or_shown_at_full(tiny):
    a_run("old")
    app = train(dataset="tiny", handover=handed("old", weight_decay=0.1))
    app.button(key="train-to-full").click().run()
    assert app.session_state["level"] == "full"
    assert "changed" in app.select_slider(key="train-weight_decay-old").label
    app = train(dataset="tiny", handover=handed("old", weight_decay=0.1))
    app.button(key="train-then-weight_decay-back").click().run()
    assert not shows(app, "Changed too, and kept")
    assert launched(app, "old").config.weight_decay == open_run("old").config.weight_decay


def test_the_way_out_leads_back_to_the_last_run(tiny):
    a_run("old", epochs=7)
    a_run("new", epochs=9)
    app = train(dataset="tiny", handover=handed("old", epochs=8))
    app.button(key="train-again-forget").click().run()
    assert app.number_input(key="train-epochs-new").value == 9
    assert not shows(app, "Again, but…:")


@pytest.mark.parametrize("page", ["runs", "evaluate"])
def test_every_run_has_the_button_and_a_run_of_other_images_brings_its_own(trained, page):
    app = open_page(page, dataset="phantoms", run=trained.run_id)
    app.button(key=f"again-{trained.run_id}").click().run()
    app.switch_page("../pages/train.py").run()
    assert app.session_state["dataset"] == trained.config.dataset
    assert shows(app, f"the settings of **{trained.run_id}**")


def test_the_run_of_a_fold_can_be_trained_again_by_itself(tiny):
    split = SplitConfig(scheme="k-fold", n_folds=4, fold=2).model_dump(mode="json")
    a_run("tiny-folds-001-fold-2", group="tiny-folds-001", split=split)
    app = train(dataset="tiny", handover=handed("tiny-folds-001-fold-2", epochs=3))
    child = launched(app, "tiny-folds-001-fold-2")
    assert (child.config.split.fold, child.request.group) == (2, None)


def test_a_child_may_be_queued_while_its_parent_is_at_work(tiny):
    run = a_run("old")
    control.queue_up(run.folder, kind="training")
    assert run.state == "queued"
    assert train(dataset="tiny", live_run="old").button(key="train-start").disabled
    app = train(dataset="tiny", handover=handed("old", epochs=3))
    assert not app.button(key="train-start").disabled


def test_a_reload_or_a_link_brings_run_and_changes_back(tiny):
    a_run("old")
    a_run("new")
    app = train(dataset="tiny", handover=handed("old", epochs=3))
    address = {name: app.query_params[name] for name in ("again", "set")}
    assert (address["again"], json.loads(address["set"])) == ("old", {"epochs": 3})
    again = train(dataset="tiny")
    again.query_params["again"], again.query_params["set"] = "old", address["set"]
    again.run()
    assert again.number_input(key="train-epochs-old").value == 3
    app.number_input(key="train-epochs-old").set_value(5).run()
    assert again.run().number_input(key="train-epochs-old").value == 3
    app.button(key="train-again-forget").click().run()
    assert "again" not in app.query_params


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"again": "nobody"}, "There is no run 'nobody'"),
        ({"again": "lost"}, "The images that 'lost' learned from, 'other', are gone"),
        ({"again": "torn"}, "'config.json' of 'torn'"),
        ({"again": "old", "set": '{"epochs": "many"}'}, "epochs cannot be many"),
        ({"again": "old", "set": '{"nonsense": 1}'}, "There is no field 'nonsense'"),
        ({"again": "old", "set": '{"split.nonsense": 1}'}, "nonsense"),
        ({"again": "old", "set": '{"learning_rate.x": 1}'}, "learning_rate"),
        ({"again": "old", "set": "[1"}, "Nothing is changed yet"),
    ],
)
def test_what_cannot_be_begun_again_is_said_in_one_sentence(tiny, address, said):
    a_run("old")
    a_run("lost", dataset="other")
    (a_run("torn").folder / "config.json").write_text("{", encoding="utf-8")
    (datasets_dir() / "other").rename(datasets_dir() / ".gone")
    app = train(dataset="tiny")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert shows(app, said)


def test_a_run_that_is_deleted_meanwhile_and_another_data_set_are_said(tiny):
    a_run("old")
    app = train(dataset="other", handover=handed("old"))
    assert shows(app, "'old' learned from 'tiny', not from these images")
    app = train(dataset="tiny", handover=handed("gone"))
    assert shows(app, "'gone' is gone since")


def test_the_parents_curve_stands_behind_and_a_deleted_parent_is_one_word(tiny):
    a_run("parent")
    a_run("child", parent="parent")
    app = train(dataset="tiny", live_run="child")
    grey = [one for panel in chart(app)["panels"] for one in panel["series"] if one["colour"] == "grey"]
    assert {one["legend"] for one in grey} == {"Parent: parent", "its training loss"}
    a_run("orphan", parent="nobody")
    assert shows(
        train(dataset="tiny", live_run="orphan"), "It was made from 'nobody', which has been deleted."
    )


@pytest.mark.parametrize(
    ("auroc", "said"),
    [
        (0.85, "Inside the band: AUROC 0.85 lies among the 3 seeds of its parent (0.80 to 0.90)"),
        (0.95, "Above the band: AUROC 0.95 is higher than all 3 seeds"),
        (0.75, "Below the band: AUROC 0.75 is lower than all 3 seeds"),
    ],
)
def test_a_child_is_held_against_the_band_of_its_parents_seeds(tiny, auroc, said):
    for seed, value in enumerate((0.8, 0.84, 0.9)):
        a_run(f"seed-{seed}", seed=seed, aurocs=(0.6, value))
    a_run("child", parent="seed-0", learning_rate=0.01, aurocs=(0.6, auroc))
    app = train(dataset="tiny", live_run="child")
    assert shows(app, said)
    assert shows(app, "outside the band in 50% of cases") == (auroc != 0.85)
    (band,) = [one for one in chart(app)["panels"][1]["series"] if one["low"]]
    assert band["legend"] == "Parent: seed-0 (3 seeds)"
    assert (band["low"], band["high"]) == ([0.6, 0.8], [0.6, 0.9])
    assert band["ys"] == pytest.approx([0.6, (0.8 + 0.84 + 0.9) / 3])


def test_augmentations_are_named_as_they_come_and_go():
    flip, turn = (
        {"name": "flip_horizontal", "parameters": {}},
        {"name": "rotate", "parameters": {"degrees": 3}},
    )
    wider = {"name": "rotate", "parameters": {"degrees": 9}}
    assert change_words("augmentations", [flip], [turn]) == "+ Mirror left and right, − Rotate"
    assert change_words("augmentations", [wider], [turn]) == "Rotate set otherwise"
    assert change_words("augmentations", [turn, flip], [flip, turn]) == "in another order"


def test_who_follows_another_run_has_left_the_old_one_behind(tiny):
    a_run("old", epochs=7)
    a_run("new", epochs=9)
    app = train(dataset="tiny", handover=handed("old", epochs=8))
    assert app.query_params["again"]
    app.session_state["live_run"] = "new"
    app.run()
    assert app.number_input(key="train-epochs-new").value == 9
    assert "again" not in app.query_params
    assert "handover" not in app.session_state
