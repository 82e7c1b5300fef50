"""Branches of real processes: of a run at work, and of one that is killed before its first save."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs import control
from core.models.catalog import MODELS
from core.runs.store import Run
from core.training import launch
from core.training.branching import branch, kept_epochs
from core.training.config import parse_config
from tests.processes import until
from tests.test_training_branching import SETTINGS, assert_same_end, without_marks
from tests.test_training_resume import finish
from tests.tiny_dataset import write_tiny
from tests.workers import disturbed_trainer, trainer

pytestmark = pytest.mark.slow  # each process imports torch


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        patch.setitem(MODELS, trainer.NAME, trainer.SPEC)
        patch.setattr(launch, "WORKER", "tests.workers.trainer")
        write_tiny()
        yield folder


@pytest.fixture(scope="module")
def parent(shared_home: Path) -> Run:
    return finish(launch.launch(parse_config(SETTINGS)))


def test_a_branch_of_a_running_run_starts_at_once(shared_home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "WORKER", "tests.workers.disturbed_trainer")
        patch.setenv(disturbed_trainer.VARIABLE, "mid_epoch:wait")
        running = launch.launch(parse_config(SETTINGS))
        until(lambda: kept_epochs(running) == (1, 2))
        assert running.state == "running"
    child = branch(running.run_id, 2, {})  # it waits for its turn
    assert (child.folder / "start.pt").exists()
    control.request_stop(running.folder)
    finish(child)
    assert running.state == "stopped"
    finish(launch.resume(running.run_id))
    assert_same_end(child, running)


def test_a_branch_killed_before_its_first_save_begins_again_where_it_branched(parent: Run) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "WORKER", "tests.workers.disturbed_trainer")
        patch.setenv(disturbed_trainer.VARIABLE, "branch:die")
        child = branch(parent.run_id, 1, {})
        assert control.wait(child.folder, seconds=60) == "interrupted", control.tail_log(child.folder)
    assert not (child.folder / "last.pt").exists()
    finish(launch.resume(child.run_id))
    assert without_marks(child) == without_marks(parent)
    assert_same_end(child, parent)
