"""The story: six screens over the demo run, with its own numbers, and a way back and forth."""

import pytest

from core.evaluation.report import evaluate
from core.evaluation.stored import stored_predictions
from core.explanation.catalog import EXPLAINERS
from core.lessons import load_lesson
from core.runs import store
from core.training import launch
from tests.screens import open_page, shows, texts


@pytest.fixture
def run(trained):
    return trained


def test_without_the_demo_run_the_page_says_so(home, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_page("story")
    assert not app.exception
    assert shows(app, "The demo run is not here")
    assert app.button(key="empty-to-train")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_six_screens_are_walked_with_the_highlighted_button(run, language):
    sections = load_lesson("story", language).sections
    assert len(sections) == 6
    app = open_page("story", language=language)
    for number, section in enumerate(sections, start=1):
        assert not app.exception
        assert not app.error
        assert shows(app, section.title), number
        assert shows(app, "SIMULATED" if language == "en" else section.title)
        assert app.query_params["step"] == str(number)
        primary = [button for button in app.button if button.proto.type == "primary"]
        assert [button.key for button in primary] == ["story-next" if number < 6 else "story-end"]
        if number < 6:
            primary[0].click().run()


def test_back_goes_back_and_the_address_names_a_screen(run):
    app = open_page("story", **{"story-step": 3})
    assert not app.button(key="story-back").disabled
    app.button(key="story-back").click().run()
    assert app.session_state["story-step"] == 2
    app.button(key="story-back").click().run()
    assert app.button(key="story-back").disabled


def test_the_patients_are_counted(run):
    app = open_page("story")
    counts = launch.split_counts(run)
    assert app.metric[0].value == "24"
    assert shows(app, f"{counts['train']} films to learn from, {counts['val']} to judge by")


def test_the_numbers_of_the_verdict_have_their_interval_and_n(run):
    app = open_page("story", **{"story-step": 4})
    auroc = evaluate(stored_predictions(run, "val")).metrics["auroc"]
    assert app.metric[0].value == f"{auroc.value:.2f}"
    assert shows(app, f"n = {auroc.n}")
    app.slider(key="threshold").set_value(0.0).run()
    assert app.metric[1].value == "1.00"


def test_an_explanation_stands_beside_the_true_finding_and_can_be_changed(run):
    app = open_page("story", **{"story-step": 5})
    assert shows(app, "where the finding really is")
    app.segmented_control(key="story-method").set_value("saliency").run()
    assert shows(app, EXPLAINERS["saliency"].reads)
    app.button(key="story-another").click().run()
    assert not app.exception
    assert app.session_state["story-film"] == 1
    assert shows(app, "Probability of 'finding': ")


def test_the_last_screen_lists_what_was_not_done(run):
    app = open_page("story", **{"story-step": 6})
    assert sum("not done" in text for text in texts(app)) == 5
