"""The leakage lab: it says when nothing can leak, trains twice with one button, and tells what leaked."""

from pathlib import Path

import numpy as np
import pytest

from core.evaluation import leak as leak_module
from core.evaluation.leak_lab import find_labs
from core.jobs import control
from core.jobs.status import read_status, write_status
from core.runs.predictions import Predictions
from core.runs.store import Run
from core.workspace import jobs_dir
from tests.screens import open_page, shows
from tests.test_evaluation_leak import write_people
from tests.tiny_dataset import write_tiny
from ui import leakage_view


@pytest.fixture(autouse=True)
def nobody_trains(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny("people", n_images=90)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_the_page_opens_in_every_language_and_level(language: str, level: str) -> None:
    app = open_page("leakage", language=language, level=level, dataset="people")
    assert not app.exception
    assert not app.error
    assert app.button(key="leak-start").proto.type == "primary"


def test_at_basic_there_is_one_switch_and_one_button_to_train() -> None:
    app = open_page("leakage", dataset="people")
    assert [toggle.key for toggle in app.toggle] == ["leak-random_labels"]
    assert not [widget for widget in (*app.slider, *app.number_input)]


def test_where_nothing_can_leak_the_page_says_why_and_offers_films() -> None:
    write_people("single", films=1)
    app = open_page("leakage", dataset="single")
    assert not app.exception
    assert shows(app, "Each patient of 'single' has one image, so both splits are the same")
    assert app.button(key="leak-make").proto.type == "primary"
    assert "leak-start" not in [button.key for button in app.button]


def test_one_button_starts_both_and_the_page_waits_for_the_answer() -> None:
    app = open_page("leakage", dataset="people")
    app.toggle(key="leak-random_labels").set_value(True).run()
    app.button(key="leak-start").click().run()
    assert not app.exception
    (lab,) = find_labs("people")
    assert lab.settings.random_labels
    assert shows(app, "The answer comes when both have ended.")
    assert app.button(key="leak-start").disabled
    app.button(key="leak-stop").click().run()
    assert all((run.folder / "stop").exists() for run in (lab.by_image, lab.by_patient))


def test_the_answer_names_the_leak_its_interval_and_its_n(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("leakage", dataset="people")
    app.button(key="leak-start").click().run()
    (lab,) = find_labs("people")
    for run in (lab.by_image, lab.by_patient):
        write_status(run.folder, read_status(run.folder).model_copy(update={"state": "completed"}))
    monkeypatch.setattr(Run, "has_model", True)
    monkeypatch.setattr(leak_module, "_test_of", say)
    app = open_page("leakage", dataset="people")
    assert not app.exception
    assert shows(app, "was leak")
    assert shows(app, "on the test third of each split")
    assert app.error  # the finding stands in red


def say(run: Run) -> Predictions:
    """A network that knows the people of the split by image, and guesses at those of the other."""
    rows = run.split().query("split == 'test'")
    truth = (rows["label"] == "finding").to_numpy()
    knows = 0.0 if run.config.split.by_patient else 4.0
    score = knows * truth + np.random.default_rng(1).normal(0, 1, len(rows))
    return Predictions.from_logits(
        np.stack([np.zeros(len(rows)), score], axis=1),
        y_true=truth.astype(int),
        sample_ids=rows["sample_id"].to_numpy(),
        patient_ids=np.array([f"p{number // 2}" for number in rows["sample_id"]], dtype=object),
        class_names=("clear", "finding"),
        positive_class="finding",
    )


def test_the_switch_chooses_which_answer_is_shown() -> None:
    app = open_page("leakage", dataset="people")
    app.button(key="leak-start").click().run()
    app.toggle(key="leak-random_labels").set_value(True).run()
    assert not app.exception
    assert not shows(app, "The answer comes when both have ended.")
    assert not app.button(key="leak-start").disabled
    app.toggle(key="leak-random_labels").set_value(False).run()
    assert shows(app, "The answer comes when both have ended.")
    assert app.button(key="leak-start").disabled


def test_of_two_that_ended_without_a_score_nobody_says_that_they_did_not_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = open_page("leakage", dataset="people")
    app.button(key="leak-start").click().run()
    (lab,) = find_labs("people")
    for run in (lab.by_image, lab.by_patient):
        write_status(run.folder, read_status(run.folder).model_copy(update={"state": "completed"}))
    monkeypatch.setattr(leakage_view, "measure_leak", lambda _lab: None)
    app = open_page("leakage", dataset="people")
    assert shows(app, "A class has no image in one of the test thirds")
    assert not shows(app, "did not end")


def test_films_that_are_being_made_are_not_offered_again_and_another_tab_follows_them() -> None:
    write_people("single", films=1)
    app = open_page("leakage", dataset="single")
    app.button(key="leak-make").click().run()
    (folder,) = jobs_dir().glob("phantoms-leakage-phantoms-*")
    for tab in (app, open_page("leakage", dataset="single")):
        assert not tab.exception
        assert "leak-make" not in [button.key for button in tab.button]
        assert f"stop-{folder.name}" in [button.key for button in tab.button]
