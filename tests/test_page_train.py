"""The Train page: from the button to a result, and what is said when something is missing or changed."""

import pytest

from core.jobs import control
from core.runs.store import list_runs, open_run
from tests.screens import open_page, shows, texts


@pytest.fixture
def films(home, films_in_small):
    """A small data set of phantoms in a temporary home."""
    return films_in_small(20, 32)


def _started(app):
    app.button(key="train-start").click().run()
    assert not app.exception
    return next(run for run in list_runs() if run.config.dataset == "films")


def test_pressing_train_starts_a_run_with_the_chosen_settings(films):
    app = open_page("train", dataset="films")
    app.number_input(key="train-epochs").set_value(2).run()
    run = _started(app)
    assert run.config.epochs == 2
    assert app.session_state["live_run"] == run.run_id
    assert control.wait(run.folder, seconds=120) == "completed"
    app.run()
    assert shows(app, "AUROC")
    assert app.button(key="next-evaluate")


def test_the_second_run_begins_from_the_first_and_marks_what_changed(films, monkeypatch):
    app = open_page("train", dataset="films")
    app.number_input(key="train-epochs").set_value(1).run()
    first = _started(app)
    control.wait(first.folder, seconds=120)
    app.run()
    epochs = app.number_input(key=f"train-epochs-{first.run_id}")
    assert epochs.value == 1
    epochs.set_value(3).run()
    assert "changed" in app.number_input(key=f"train-epochs-{first.run_id}").label
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)  # what it will train is written
    app.button(key="train-start").click().run()
    second = open_run(app.session_state["live_run"])
    assert second.request.parent is not None
    assert second.request.parent.run == first.run_id
    assert second.config.epochs == 3


@pytest.mark.parametrize("language", ["en", "zh_Hans", "pseudo"])
def test_the_page_opens_in_every_language(films, language):
    app = open_page("train", dataset="films", language=language, level="full")
    assert not app.exception
    if language == "pseudo":
        assert all("⟦" in widget.label for widget in [*app.number_input, *app.multiselect, *app.toggle])
    assert texts(app)
