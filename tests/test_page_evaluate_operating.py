"""The operating point on the Evaluate page: a target instead of a threshold, or one for each class."""

import json

import numpy as np
import pytest

from core.evaluation.calibration import stored_temperature
from core.evaluation.decisions import decide
from core.evaluation.operating import choose
from core.evaluation.report import evaluate
from core.evaluation.stored import stored_predictions
from core.runs.predictions import Predictions, write_predictions
from tests.compared import make_compared
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from tests.trained import make_run_of


@pytest.fixture
def run(trained):
    return trained


def spec_of(app, words):
    """The Plotly figure whose title contains these words."""
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return next(spec for spec in specs if words in spec["layout"]["title"]["text"])


def names_in(spec):
    return [trace.get("name", "") for trace in spec["data"]]


def test_basic_has_three_controls_and_no_target(run):
    app = open_page("evaluate", run=run.run_id)
    assert [slider.key for slider in app.slider] == ["threshold"]
    assert not [group for group in app.get("button_group") if "aim" in group.key]


def test_a_target_chooses_the_threshold_that_every_number_and_explain_then_use(run):
    app = open_page("evaluate", level="full", run=run.run_id, **{"evaluate-aim": "target"})
    assert not app.exception
    found = stored_predictions(run, "val")
    threshold = choose(found, "sensitivity", 0.95).threshold
    assert app.session_state["threshold"] == threshold
    evaluation = evaluate(found, threshold=threshold)
    assert [metric.value for metric in app.metric][1] == f"{evaluation.metrics['sensitivity'].value:.2f}"
    assert shows(app, "chosen on the validation split")
    assert shows(app, "That is optimistic")
    app.slider(key="evaluate-target-least").set_value(0.8).run()
    assert app.session_state["threshold"] == choose(found, "sensitivity", 0.8).threshold


def test_on_the_test_split_the_threshold_of_validation_is_held_against_the_target(run):
    app = open_page("evaluate", run=run.run_id, level="full", **{"evaluate-aim": "target"})
    app.button(key="evaluate-open-test").click().run()
    found = stored_predictions(run, "val")
    assert app.session_state["threshold"] == choose(found, "sensitivity", 0.95).threshold
    assert shows(app, "Sensitivity: asked 0.95")
    assert not shows(app, "That is optimistic")


def test_the_curves_show_bands_and_the_point_and_keep_the_temperature(run):
    state = {"evaluate-view": "curves", "threshold": 0.01}  # at which somebody is called
    app = open_page("evaluate", level="full", run=run.run_id, **state)
    assert not app.exception
    for words in ("AUROC for 'finding'", "Average precision for 'finding'"):
        names = names_in(spec_of(app, words))
        assert "95 % band, place by place" in names
        assert any(name.startswith("threshold 0.01") for name in names)
    assert spec_of(app, "Probabilities of 'finding' are off by")
    temperature = stored_temperature(run)
    assert temperature.n == stored_predictions(run, "val").n_samples
    assert shows(app, f"fitted on {temperature.n} validation images")
    assert shows(app, "changes neither the order of the images nor the AUROC")


def test_several_classes_have_a_threshold_each_or_a_target_for_one(home):
    names = ("<b>a</b>", "b", "c")
    run = make_run_of(names, "three")
    state = {"evaluate-each-three": True, "evaluate-view": "curves"}
    app = open_page("evaluate", level="full", run="three", **state)
    assert not app.exception
    found = stored_predictions(run, "val")
    assert len([slider for slider in app.slider if slider.key.startswith("evaluate-threshold")]) == 3
    app.slider(key="evaluate-threshold-three-2").set_value(0.01).run()
    hits = (decide(found, (0.5, 0.5, 0.01)) == 2)[found.y_true == 2].mean()
    app.selectbox(key="evaluate-class-three").set_value("c").run()
    assert any(f"sensitivity {hits:.2f}" in name for name in names_in(spec_of(app, "AUROC for 'c'")))
    app.selectbox(key="evaluate-aimed-three").set_value("b").run()
    assert not app.exception
    assert shows(app, "Sensitivity: asked 0.95")
    threshold = choose(found, "sensitivity", 0.95, "b", others=(0.5, 0.5, 0.01)).threshold
    is_found = (decide(found, threshold) == 1)[found.y_true == 1]
    app.selectbox(key="evaluate-class-three").set_value("b").run()
    words = f"sensitivity {np.mean(is_found):.2f}"
    assert any(words in name for name in names_in(spec_of(app, "AUROC for 'b'")))


ODD = {
    "one class only": lambda n: (np.zeros(n, dtype=int), np.tile([1.0, 0.0], (n, 1))),
    "all scores equal": lambda n: (np.arange(n) % 2, np.zeros((n, 2))),
    "all told apart": lambda n: (np.arange(n) % 2, 20.0 * np.eye(2)[np.arange(n) % 2]),
    "no number": lambda n: (
        np.arange(n) % 2,
        np.where(np.arange(n)[:, np.newaxis] == 2, np.nan, np.eye(2)[np.arange(n) % 2]),
    ),
}


@pytest.mark.parametrize(
    ("odd", "view"), [*((name, "curves") for name in ODD), ("one class only", "overview")]
)
def test_odd_answers_are_drawn_or_said_and_no_page_fails(home, odd, view):
    write_tiny(n_images=24)
    run = make_compared("odd")
    stored = stored_predictions(run, "val")
    y_true, logits = ODD[odd](3 if odd == "all scores equal" else stored.n_samples)
    places = slice(0, len(y_true))
    answer = Predictions.from_logits(
        logits,
        y_true=y_true,
        sample_ids=stored.sample_ids[places],
        patient_ids=stored.patient_ids[places],
        class_names=stored.class_names,
        positive_class=stored.positive_class,
    )
    write_predictions(run.folder, run.config.dataset, "val", answer)
    state = {"evaluate-view": view, "evaluate-aim": "target", "evaluate-target-least": 1.0}
    app = open_page("evaluate", level="full", run="odd", **state)
    assert not app.exception
    assert not app.error
    if odd == "one class only":
        assert shows(app, "There is no image of 'finding' in the validation split")
    if odd == "all told apart" and view == "curves":
        assert shows(app, "told apart without a mistake")
    if odd == "all scores equal":
        assert shows(app, "Only calling every image 'finding' reaches it.")
