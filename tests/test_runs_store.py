"""Runs on disk: names are given once, lists are in order, what is missing is said in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import InvalidValueError, NameTakenError, StateError, UnknownNameError
from core.jobs.status import JobState, JobStatus, write_status
from core.runs.records import Parent
from core.runs.store import Run, create_run, list_runs, open_run
from core.training.config import TrainingConfig, parse_config
from core.workspace import ROOT

CONFIG = parse_config({"dataset": "tiny"})


def make_run(
    run_id: str | None = None, *, created_at: str = "2026-01-01T00:00:00+00:00", **more: Parent
) -> Run:
    run = create_run(CONFIG, dataset_revision="0123", run_id=run_id, **more)
    set_state(run, "completed", created_at=created_at)
    return run


def set_state(run: Run, state: JobState, *, created_at: str = "2026-01-01T00:00:00+00:00") -> None:
    write_status(
        run.folder, JobStatus(kind="training", state=state, created_at=created_at, launched_at=created_at)
    )


def mine() -> list[str]:
    return [run.run_id for run in list_runs() if not run.is_shipped]


def test_runs_are_numbered_by_data_set_and_network(home: Path) -> None:
    assert [make_run().run_id for _ in range(3)] == [f"tiny-small_cnn-{n:03d}" for n in (1, 2, 3)]
    config = parse_config({"dataset": "d" * 64, "model": "resnet18"})
    assert create_run(config, dataset_revision="0").run_id == f"{'d' * 40}-resnet18-001"


def test_two_processes_at_once_get_different_names(home: Path) -> None:
    script = (
        "from core.runs.store import create_run; from core.training.config import parse_config\n"
        "config = parse_config({'dataset': 'tiny'})\n"
        "print(*[create_run(config, dataset_revision='0').run_id for _ in range(20)])"
    )
    command = [sys.executable, "-c", script]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    names = [name for process in both for name in process.communicate(timeout=60)[0].split()]
    assert sorted(names) == [f"tiny-small_cnn-{n:03d}" for n in range(1, 41)]


def test_an_existing_name_is_refused(home: Path) -> None:
    make_run("mine")
    before = (home / "checkpoints" / "mine" / "config.json").read_bytes()
    with pytest.raises(NameTakenError) as refused:
        create_run(parse_config({"dataset": "other"}), dataset_revision="1", run_id="mine")
    assert str(refused.value) == "There is already a run named 'mine'. Choose another name."
    assert (home / "checkpoints" / "mine" / "config.json").read_bytes() == before


@pytest.mark.parametrize("name", ["../escape", "a/b", "", ".hidden", "Upper", "x" * 65, "a..b"])
def test_a_name_that_is_no_folders_is_refused(home: Path, name: str) -> None:
    with pytest.raises(InvalidValueError, match="cannot name a run: use lower-case letters"):
        create_run(CONFIG, dataset_revision="0", run_id=name)
    assert not (home / "checkpoints").exists()


def test_the_request_comes_back_whole(home: Path) -> None:
    run = make_run("child", parent=Parent(run="mother", epoch=4))
    again = open_run("child")
    assert again.request == run.request
    assert again.config == CONFIG
    assert isinstance(again.config, TrainingConfig)
    assert again.request.parent == Parent(run="mother", epoch=4)
    assert again.request.dataset_revision == "0123"


def test_runs_are_listed_newest_first(home: Path) -> None:
    make_run("b", created_at="2026-01-02T00:00:00+00:00")
    make_run("a", created_at="2026-01-03T00:00:00+00:00")
    make_run("c", created_at="2026-01-01T00:00:00+00:00")
    assert mine() == ["a", "b", "c"]


def test_what_is_no_run_is_not_listed(home: Path) -> None:
    make_run("whole")
    folder = home / "checkpoints"
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    (folder / "a-file").touch()
    create_run(CONFIG, dataset_revision="0", run_id="without-status")
    assert mine() == ["whole"]


def test_an_unknown_run_is_named_with_the_nearest(home: Path) -> None:
    make_run("tiny-001")
    with pytest.raises(UnknownNameError) as refused:
        open_run("tiny-01")
    assert str(refused.value) == "There is no run 'tiny-01'. Did you mean 'tiny-001'?"
    with pytest.raises(UnknownNameError):
        open_run("../checkpoints/tiny-001")


def test_a_run_without_a_model_says_what_to_do(home: Path) -> None:
    run = make_run("young")
    assert not run.has_model
    assert run.environment is None
    assert run.epochs == []
    with pytest.raises(StateError) as refused:
        _ = run.card
    assert str(refused.value) == (
        "'young' has no trained network yet: no epoch has ended. Train it on first."
    )


def test_the_state_is_read_anew_each_time(home: Path) -> None:
    run = make_run("changing")
    assert run.state == "completed"
    set_state(run, "running")
    assert run.state == "interrupted"
    assert run.status.state == "running"
