"""The Sweeps page: empty, at its form, with a sweep at work, ended, stopped and deleted; at both levels."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.sweeps import worker
from core.experiments.sweeps.store import Sweep, delete_sweep, list_sweeps, open_sweep, start_sweep
from core.jobs import control
from core.jobs.worker import work
from core.runs import store
from core.runs.notes import read_notes
from core.runs.store import Run, open_run
from core.training import launch
from core.training import worker as training_worker
from tests.screens import open_page, shows
from tests.sweeping import OPTIMIZERS, RATES, Trainer, installed, request_of, work_on
from tests.tiny_dataset import write_tiny
from ui import shell
from ui.sweeps import pictures as sweep_pictures


@pytest.fixture
def base(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose settings are varied, and a trainer of hand-made curves in the place of the real one."""
    write_tiny()
    run = _with_status(launch.make_run(request_of().config, run_id="base"))
    installed(monkeypatch)
    return run


@pytest.fixture
def trainer(base: Run, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    return installed(monkeypatch)


def _with_status(run: Run) -> Run:
    control.queue_up(run.folder, kind=launch.KIND)
    with work(run.folder):
        pass
    return run


def ended(**changes: Any) -> Sweep:
    sweep = start_sweep(request_of(**changes))
    work_on(sweep)
    return sweep


def open_sweeps(**options: Any) -> AppTest:
    app = open_page("sweeps", **options)
    assert not app.exception
    return app


def progress_of(app: AppTest) -> str:
    return app.get("progress")[0].proto.text.replace("\\", "")


def test_without_runs_the_page_says_how_to_make_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "SHIPPED_RUNS", home / "nothing")
    app = open_sweeps()
    assert shows(app, "No runs yet")
    assert app.button(key="empty-to-train")


def test_basic_asks_for_a_setting_and_a_number_and_starts(base: Run) -> None:
    app = open_sweeps()
    assert shows(app, "No sweep yet.")
    assert len(app.main.selectbox) + len(app.main.slider) + len(app.main.button) == 3
    app.slider[0].set_value(5)
    app.button(key="sweeps-start").click().run()
    assert not app.exception
    request = list_sweeps()[0].request
    assert (request.n_trials, request.sampler, request.base_run) == (5, "random", "base")
    assert [(one.field, one.low, one.high, one.log) for one in request.space] == [
        ("learning_rate", 0.0003, 0.03, True)
    ]
    assert "0 of 5 trials" in progress_of(app)
    assert app.button(key="sweeps-stop")


def test_full_offers_a_grid_with_as_many_trainings_as_points_and_says_what_it_leaves_out(base: Run) -> None:
    app = open_sweeps(level="full")
    app.multiselect(key="sweeps-fields").set_value(["optimizer", "momentum"]).run()
    app.session_state["sweeps-sampler"] = "grid"
    app.session_state["sweeps-base-optimizer-choices"] = ["adam", "momentum"]
    app.run()
    assert not app.exception
    assert shows(app, "The grid has 4 points: 2 Optimizer × 3 Momentum")
    assert shows(app, "2 combinations are left out: they differ only in a setting without effect.")
    app.button(key="sweeps-start").click().run()
    assert [tuple(point.values()) for point in list_sweeps()[0].request.points] == [
        ("adam", 0.5),
        ("momentum", 0.5),
        ("momentum", 0.725),
        ("momentum", 0.95),
    ]


def test_a_range_that_the_field_does_not_allow_is_one_sentence_and_starts_nothing(base: Run) -> None:
    app = open_sweeps(level="full")
    app.number_input(key="sweeps-base-learning_rate-high").set_value(7.0).run()
    app.button(key="sweeps-start").click().run()
    assert not app.exception
    assert "learning_rate cannot be 7.0" in app.error[0].value.replace("\\", "")
    assert list_sweeps() == []


@pytest.mark.parametrize("language", ["en", "zh_Hans", "pseudo"])
@pytest.mark.parametrize("level", ["basic", "full"])
def test_an_ended_sweep_shows_its_best_and_its_counts(trainer: Trainer, level: str, language: str) -> None:
    sweep = ended(space=(RATES, OPTIMIZERS), n_trials=6, pruner="median", startup_trials=2)
    states = [trial.state for trial in sweep.trials()]
    app = open_sweeps(level=level, language=language)
    assert app.get("plotly_chart")
    if language == "en":
        assert f"6 of 6 trials ({states.count('pruned')} pruned)" in progress_of(app)
        assert shows(app, "Best of 6: trial")
    if level == "full":
        table = app.dataframe[0].value
        assert len(table) == 6
        assert table.iloc[:, 0].str.contains("★").sum() == 1


@pytest.mark.parametrize("view", ["curves", "together", "one by one", "importance"])
def test_each_view_is_drawn_or_says_why_not(trainer: Trainer, view: str) -> None:
    ended(space=(RATES, OPTIMIZERS), n_trials=12, pruner="median")
    app = open_sweeps(level="full", **{"sweeps-view": view})
    assert len(app.get("plotly_chart")) >= 2 or shows(app, "Too few trials")


def test_a_stopped_sweep_goes_on_from_the_page(trainer: Trainer) -> None:
    sweep = start_sweep(request_of())
    app = open_sweeps()
    app.button(key="sweeps-stop").click().run()
    work_on(sweep)
    assert sweep.state == "stopped"
    app = open_sweeps()
    assert shows(app, "Nothing is lost")
    app.button(key="sweeps-resume").click().run()
    assert sweep.state == "queued"


def test_a_sweep_that_is_deleted_while_it_is_shown_is_one_sentence(trainer: Trainer) -> None:
    sweep = ended()
    app = open_sweeps()
    assert sweep.name in progress_of(app)
    delete_sweep(sweep.name)
    app.run()
    assert not app.exception
    assert shows(app, "No sweep yet.")


def test_a_folder_that_is_no_sweep_is_not_in_the_list_and_the_others_are(trainer: Trainer) -> None:
    sweep = ended()
    foreign = sweep.folder.with_name("foreign")
    foreign.mkdir()
    (foreign / "config.json").write_text("{}")
    (sweep.worker_folders[0] / "status.json").write_text("[]")  # spoiled by hand
    assert [one.name for one in list_sweeps()] == [sweep.name]
    assert open_sweep(sweep.name).state == "completed"
    assert "4 of 4 trials" in progress_of(open_sweeps())


def test_the_best_is_warned_of_tested_once_and_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny()
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    config = request_of().config.model_copy(update={"epochs": 1})
    run = launch.launch(config, run_id="base")
    training_worker.main(run.folder)
    sweep = start_sweep(request_of(config=config, n_trials=2, base_run="base"))
    worker.main(sweep.worker_folders[0])
    app = open_sweeps(level="full")
    assert shows(app, "too good to be true")
    assert shows(app, "If all 2 were equally good")
    app.button(key="sweeps-open-test").click().run()
    assert shows(app, "The difference lies between")
    app.button(key="sweeps-keep").click().run()
    kept = open_run(f"{sweep.name}-best")
    assert kept.request.group is None
    assert kept.request.parent is not None
    assert kept.request.parent.run == "base"
    assert "Best of 2 trials" in read_notes(kept.run_id).note


def test_the_sidebar_names_a_worker_by_its_sweep(base: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = start_sweep(request_of(n_workers=2))
    monkeypatch.setattr(shell, "active_jobs", lambda: [control.view(sweep.worker_folders[1])])
    said = [bar.proto.text for bar in open_sweeps().sidebar.get("progress")]
    assert said[0].replace("\\", "").startswith("Sweep · tiny-sweep-001, worker 2 · ")


def test_every_picture_of_drawn_images_says_so(base: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(space=(RATES, OPTIMIZERS))
    monkeypatch.setattr(sweep_pictures, "is_simulated", lambda request: True)
    app = open_sweeps(level="full")
    for view, n_figures in (("curves", 2), ("together", 2), ("one by one", 3)):
        app.segmented_control(key="sweeps-view").set_value(view).run()
        assert sum("SIMULATED" in shown.value for shown in app.markdown) == n_figures, view
