"""The Evaluate page: its numbers are core's, one threshold moves them all, the test split is sealed."""

import base64
import json

import numpy as np
import pytest

from core.datasets.splits import make_split
from core.datasets.store import delete_dataset, open_dataset
from core.evaluation.looks import list_looks, n_looks
from core.evaluation.mistakes import list_mistakes
from core.evaluation.report import evaluate
from core.evaluation.sentences import worked_out
from core.evaluation.stored import stored_predictions
from core.runs import store
from core.runs.checkpoints import load_model, save_best
from core.runs.store import DEMO_RUN, create_run, open_run
from core.training import launch
from core.training.config import parse_config
from tests.screens import open_page, shows
from tests.trained import FILMS, make_run_of
from ui import answers


@pytest.fixture
def run(trained):
    return trained


def make_leaky(config):
    """A run whose split tears patients apart, with the network of nobody's training."""
    dataset = open_dataset(FILMS)
    leaky = create_run(config, dataset_revision=dataset.info.revision, run_id="leaky")
    make_split(dataset.samples, config.split).to_parquet(leaky.folder / "split.parquet")
    demo = open_run(DEMO_RUN)
    (leaky.folder / "status.json").write_bytes((demo.folder / "status.json").read_bytes())
    loaded = load_model(demo)
    save_best(leaky.folder, loaded.model, loaded.card)
    return leaky


def spec_of(app, words):
    """The Plotly figure whose title contains these words."""
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return next(spec for spec in specs if words in spec["layout"]["title"]["text"])


def values_of(array):
    """The numbers of a Plotly array, which may stand as base64."""
    if isinstance(array, list):
        return array
    return np.frombuffer(base64.b64decode(array["bdata"]), np.dtype(array["dtype"])).tolist()


def component(app, name):
    """What a component of our own was given."""
    found = next(one for one in app.get("bidi_component") if one.proto.component_name == name)
    return json.loads(found.proto.json)


def test_without_a_trained_run_the_page_says_how_to_make_one(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("evaluate")
    assert not app.exception
    assert shows(app, "No trained network yet")
    assert app.button(key="empty-to-train")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_numbers_are_those_of_core(run, language):
    app = open_page("evaluate", language=language, run=run.run_id)
    assert not app.exception
    assert not app.error
    evaluation = evaluate(stored_predictions(run, "val"))
    shown = [metric.value for metric in app.metric]
    assert shown == [f"{evaluation.metrics[n].value:.2f}" for n in ("auroc", "sensitivity", "specificity")]
    assert component(app, "lightbox_cells")["counts"] == [list(row) for row in evaluation.confusion_matrix]


def test_every_metric_is_worked_out_with_its_counts(run):
    app = open_page("evaluate", run=run.run_id)
    evaluation = evaluate(stored_predictions(run, "val"))
    for name, metric in evaluation.metrics.items():
        assert shows(app, str(worked_out(name, evaluation))), name
        assert shows(app, f"n = {metric.n}"), name


def test_one_threshold_moves_the_matrix_the_curve_the_numbers_and_the_mistakes(run):
    app = open_page("evaluate", run=run.run_id)
    app.slider(key="threshold").set_value(0.0).run()
    found = stored_predictions(run, "val")
    evaluation = evaluate(found, threshold=0.0)
    assert [metric.value for metric in app.metric][1:] == ["1.00", "0.00"]
    assert component(app, "lightbox_cells")["counts"] == [list(row) for row in evaluation.confusion_matrix]
    curves = spec_of(app, "AUROC for 'finding'")["data"]
    assert "threshold 0.00: sensitivity 1.00, specificity 0.00" in [trace["name"] for trace in curves]
    bars = {trace["name"]: trace["customdata"] for trace in spec_of(app, "score higher")["data"]}
    assert sum(values_of(bars["called 'finding'"])) == found.n_samples
    assert shows(app, f"What it gets wrong: {len(list_mistakes(found, 0.0))} of {found.n_samples}")


def test_six_mistakes_are_shown_at_basic_and_more_at_full(run):
    n = len(list_mistakes(stored_predictions(run, "val")))
    for level, most in (("basic", 6), ("full", 24)):
        app = open_page("evaluate", level=level, run=run.run_id)
        assert len(component(app, "lightbox_tiles")["tiles"]) == min(n, most)


def test_simulated_films_are_named_so_and_the_positive_class_stands_in_the_title(run):
    app = open_page("evaluate", run=run.run_id)
    assert shows(app, "SIMULATED")
    assert spec_of(app, "AUROC for 'finding'")
    assert shows(app, "Validation split")


def test_the_test_split_is_sealed_until_it_is_opened_and_each_look_is_counted(run):
    before = n_looks(run)
    app = open_page("evaluate", run=run.run_id)
    assert n_looks(run) == before
    app.button(key="evaluate-open-test").click().run()
    assert not app.exception
    assert n_looks(run) == before + 1
    assert list_looks(run)[-1].who == "page"
    assert shows(app, "Test split")
    n_test = launch.split_counts(run)["test"]
    assert shows(app, f"of {n_test} images") or shows(app, f"{n_test} images of")
    app.slider(key="threshold").set_value(0.3).run()
    assert n_looks(run) == before + 1  # moving the threshold is no new look
    assert app.session_state["opened"] == [answers.seal_of(run)]


def test_a_run_that_was_not_opened_stays_sealed_for_this_visitor(run):
    app = open_page("evaluate", run=run.run_id)
    assert app.button(key="evaluate-open-test")
    assert shows(app, "Validation split")


def test_the_address_may_name_the_run_and_an_unknown_one_is_said_to_be(run):
    app = open_page("evaluate")
    app.query_params["run"] = "nothing-of-the-kind"
    app.run()
    assert shows(app, "There is no run 'nothing-of-the-kind'")
    app.query_params["run"] = run.run_id
    app.run()
    assert not app.error
    assert app.session_state["run"] == run.run_id


def test_patients_on_both_sides_are_warned_of(trained_alone):
    config = parse_config({"dataset": FILMS, "image_size": 32, "epochs": 1, "split": {"by_patient": False}})
    leaky = make_leaky(config)
    app = open_page("evaluate", run=leaky.run_id)
    assert shows(app, "stand on more than one side of this split")


def test_several_classes_have_no_threshold_and_a_row_each(home):
    names = ("*a*", "b", "c")  # somebody else's text is escaped
    run = make_run_of(names, "three")
    app = open_page("evaluate", run="three")
    assert not app.exception
    assert not app.slider
    assert shows(app, "there is no threshold")
    assert shows(app, "This run has no test split")
    assert shows(app, "Their patients are not known")
    assert spec_of(app, "told from the rest")
    cells = app.table[0].value.to_numpy().ravel().tolist()
    assert {"\\*a\\*", "b", "c"} <= set(cells)
    delete_dataset(run.config.dataset)
    app = open_page("evaluate", run="three")
    assert not app.exception
    assert all(tile["src"] == "" for tile in component(app, "lightbox_tiles")["tiles"])
