"""Branching on the Runs page: the epoch, what changes, the launch; what kept epochs take; the tree."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.language import set_language
from core.runs import kept
from core.runs.records import Parent
from core.runs.store import Run, list_runs, open_run
from core.training import launch, worker
from core.training.config import parse_config
from tests.screens import open_page, shows
from tests.tiny_dataset import write_tiny
from ui.training.keeping import kept_in_words, state_bytes


@pytest.fixture
def parent(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run of three epochs, whose branches stay in the queue."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny(n_images=20)
    config = {
        "dataset": "tiny",
        "epochs": 3,
        "batch_size": 8,
        "image_size": 16,
        "device": "cpu",
        "threads": 1,
    }
    run = launch.launch(parse_config(config), run_id="parent")
    worker.main(run.folder)
    yield run
    set_language("en")


def section(run_id: str) -> None:
    """A page that shows the section of a run alone."""
    from core.runs.store import open_run
    from ui.runs.branch_view import branch_section
    from ui.session import use_language

    use_language()
    branch_section(open_run(run_id))


def page(run: Run, *, language: str = "en", level: str = "basic") -> AppTest:
    app = AppTest.from_function(section, args=(run.run_id,), default_timeout=60)
    app.session_state["language"], app.session_state["level"] = language, level
    app.run()
    assert not app.exception
    return app


def child(parent: Run) -> Run:
    (found,) = (run for run in list_runs() if run.request.parent == Parent(run=parent.run_id, epoch=1))
    return found


def choose_epoch(app: AppTest, epoch: int) -> AppTest:
    return app.selectbox(key="branch-epoch-parent").set_value(epoch).run()


def test_an_epoch_and_a_learning_rate_make_a_branch_and_lead_to_it(parent: Run) -> None:
    app = choose_epoch(page(parent), 1)
    slider = app.select_slider(key="branch-learning_rate-parent")
    app = slider.set_value(0.0003).run()
    assert shows(app, "From epoch 1 on: Learning rate 0.003 → 0.0003")
    app = app.button(key="branch-launch").click().run()
    assert not app.exception
    made = child(parent)
    assert made.config == parent.config.model_copy(update={"learning_rate": 0.0003})
    assert app.session_state["runs-chosen"] == [made.run_id]


def test_the_last_epoch_is_offered_with_more_epochs(parent: Run) -> None:
    app = choose_epoch(page(parent), 3)
    assert app.number_input(key="branch-epochs-more-parent").value == 4
    app.button(key="branch-launch").click().run()
    (made,) = (run for run in list_runs() if run.request.parent == Parent(run="parent", epoch=3))
    assert made.config.epochs == 4


def test_what_learns_can_be_chosen(parent: Run) -> None:
    app = choose_epoch(page(parent, level="full"), 1)
    app = app.selectbox(key="branch-learning-parent").set_value("1").run()
    app.button(key="branch-launch").click().run()
    assert (child(parent).config.freeze_after, child(parent).config.freeze_all_but) == (1, 1)


def test_values_that_cannot_go_together_are_said_and_not_launched(parent: Run) -> None:
    app = choose_epoch(page(parent, level="full"), 1)
    app = app.selectbox(key="branch-schedule-parent").set_value("cosine").run()
    app = app.number_input(key="branch-epochs-parent").set_value(1).run()
    assert shows(app, "After epoch 1 of 1 there is nothing left to train: choose more epochs.")
    assert app.button(key="branch-launch").disabled


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_run_without_kept_epochs_says_so(parent: Run, language: str) -> None:
    for path in (parent.folder / "epochs").iterdir():
        path.unlink()
    app = page(parent, language=language)
    said = {"en": "This run has kept none of its epochs", "zh_Hans": "这次训练没有保留任何一轮"}
    assert shows(app, said[language])


def test_kept_epochs_can_be_thinned_to_the_best_and_the_last(parent: Run) -> None:
    spared = kept.best_and_last(parent)
    app = page(parent, level="full")
    app = app.button(key="branch-thin-two").click().run()
    assert not app.exception
    assert set(kept.kept_epochs(parent)) == spared == {parent.card.best_epoch, 3}


def test_thinning_to_the_series_keeps_1_2_4_the_best_and_the_last(parent: Run) -> None:
    best = parent.card.best_epoch
    for epoch in (5, 6, 7, 8, 9):
        kept.epoch_path(parent, epoch).write_bytes(b"x" * 100)
    kept.thin(parent, to_series=True)
    assert set(kept.kept_bytes(parent)) == {1, 2, 8, 9, best}


def test_the_disk_use_before_a_run_is_about_what_it_is_after(parent: Run) -> None:
    real = kept.epoch_path(parent, 1).stat().st_size
    assert state_bytes(parent.config) == pytest.approx(real, rel=0.15)
    config = parse_config({"dataset": "tiny", "epochs": 20})
    assert kept_in_words(config) == "Keeps 20 epochs of about 0.28 MB: 5.6 MB on the disk."
    large = parse_config({"dataset": "tiny", "epochs": 20, "model": "resnet18", "optimizer": "sgd"})
    assert kept_in_words(large).startswith("Keeps 5 epochs")  # 1, 2, 4, 8, 16


def test_the_tree_is_drawn_while_a_branch_waits(parent: Run) -> None:
    choose_epoch(page(parent), 1).button(key="branch-launch").click().run()
    app = open_page("runs", **{"runs-view": "tree"})
    assert not app.exception
    assert open_run(child(parent).run_id).state == "queued"
    assert not shows(app, "No run fits")


@pytest.mark.parametrize("dataset", ["phantoms", "tiny"])
def test_a_run_on_simulated_images_says_so_before_its_first_epoch(parent: Run, dataset: str) -> None:
    config = parse_config({"dataset": dataset, "epochs": 2, "image_size": 16, "device": "cpu"})
    launch.launch(config, run_id="waiting")
    app = open_page("runs", live_run="waiting")
    assert not open_run("waiting").has_model
    assert shows(app, "SIMULATED") == (dataset == "phantoms")
