"""The operating point that was set on Evaluate: what Explain, the ward and the report make of it."""

import shutil

import numpy as np
import pytest
import streamlit as st

from core.evaluation.decisions import decide, threshold_text
from core.evaluation.operating import choose
from core.evaluation.stored import stored_predictions
from core.runs.predictions import Predictions, write_predictions
from core.runs.store import open_run
from core.workspace import home
from tests.screens import open_page, shows
from tests.trained import make_run_of

TARGET = {"evaluate-aim": "target", "evaluate-target-metric": "specificity", "evaluate-target-least": 0.8}


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    """The trained run in a home of its own, for other answers are put in place of its own."""
    copy = tmp_path / "copy"
    shutil.copytree(home(), copy)
    monkeypatch.setenv("LIGHTBOX_HOME", str(copy))
    st.cache_resource.clear()  # it knows answers by their run and weights, and these are the same
    yield open_run(trained.run_id)
    st.cache_resource.clear()


def answer(run, seed):
    """Store answers that are spread out, in place of those of a network that was hardly trained."""
    found = stored_predictions(run, "val")
    k = len(found.class_names)
    noise = np.random.default_rng(seed).normal(size=(found.n_samples, k))
    answers = Predictions.from_logits(
        np.eye(k)[found.y_true] + noise,
        y_true=found.y_true,
        sample_ids=found.sample_ids,
        patient_ids=found.patient_ids,
        class_names=found.class_names,
        positive_class=found.positive_class,
    )
    write_predictions(run.folder, run.config.dataset, "val", answers)
    return answers


@pytest.mark.parametrize(
    ("value", "shown"), [(0.5, "0.50"), (0.375, "0.375"), (0.0031, "0.0031"), (1 / 3, "0.3333"), (1, "1.00")]
)
def test_a_threshold_is_never_shown_as_another_one(value, shown):
    assert threshold_text(value) == shown


@pytest.mark.parametrize("page", ["explain", "ward"])
def test_a_target_holds_for_the_run_on_every_page_without_a_visit_to_evaluate(run, page):
    threshold = choose(answer(run, 1), "specificity", 0.8).threshold
    app = open_page(page, level="full", run=run.run_id, threshold=0.5, **TARGET)
    assert not app.exception
    assert app.session_state["threshold"] == threshold
    if page == "explain":
        assert shows(app, f"At the threshold {threshold_text(threshold)} it is called")


def test_at_basic_where_no_target_is_to_be_seen_none_holds(run):
    app = open_page("explain", level="basic", run=run.run_id, threshold=0.3, **TARGET)
    assert shows(app, "At the threshold 0.30 it is called")


def test_a_slider_that_is_moved_on_another_page_ends_the_target(run):
    answer(run, 1)
    app = open_page("ward", level="full", run=run.run_id, **TARGET)
    app.slider(key="threshold").set_value(0.77).run()
    assert app.session_state["threshold"] == 0.77
    app.switch_page("../pages/evaluate.py").run()
    assert app.session_state["evaluate-aim"] == "hand"
    assert app.slider(key="threshold").value == 0.77


def test_the_report_says_validation_only_of_a_target_that_was_reached(run):
    answer(run, 1)
    state = {"evaluate-view": "report", "threshold": 0.4}
    app = open_page("evaluate", level="full", run=run.run_id, **state, **TARGET)
    assert shows(app, "chosen on these images")
    odd = {**TARGET, "evaluate-aim": "hand"}
    app = open_page("evaluate", level="full", run=run.run_id, **state, **odd)
    assert shows(app, "nobody wrote down where it was chosen")


def test_thresholds_of_classes_move_explain_and_only_a_targets_own_count_as_chosen_on_validation(home):
    run = make_run_of(("a", "b", "c"), "three")
    state = {"evaluate-each-three": True, "evaluate-view": "report", **TARGET}  # that of some run of two
    app = open_page("evaluate", level="full", run="three", **state)
    assert shows(app, "Threshold: none; the most probable class is called.")
    app.slider(key="evaluate-threshold-three-2").set_value(0.01).run()
    assert shows(app, "nobody wrote down where it was chosen")
    found = stored_predictions(run, "val")
    assert set(decide(found, (0.5, 0.5, 0.01)).tolist()) == {2}
    app.switch_page("../pages/explain.py").run()
    assert not app.exception
    assert shows(app, "With the thresholds that were set on Evaluate it is called 'c'.")
