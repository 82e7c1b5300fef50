"""A run stops wherever it is, and goes on as if it had not; many that were interrupted go on at once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.errors import StateError
from core.jobs import control, places
from core.jobs.status import write_status
from core.runs.checkpoints import load_last
from core.runs.store import Run
from core.training import environment, launch, picture_cache, worker
from core.training.config import parse_config
from core.training.engine import Engine
from tests.tiny_dataset import write_tiny
from ui.tidying import tidy_once

CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
    "dropout": 0.3,
}
Make = Callable[..., Run]


@pytest.fixture
def make(home: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny()
    return lambda **changes: launch.launch(parse_config({**CONFIG, **changes}))


def worked_on(run: Run) -> Run:
    worker.main(run.folder)
    return run


def assert_same(run: Run, expected: Run) -> None:
    for name in ("best.safetensors", "predictions/tiny.val.parquet"):
        assert (run.folder / name).read_bytes() == (expected.folder / name).read_bytes()
    assert [line.val_loss for line in run.epochs] == [line.val_loss for line in expected.epochs]
    assert [line.train_loss for line in run.epochs] == [line.train_loss for line in expected.epochs]


def test_a_stop_amid_the_validation_does_it_anew_on_resume(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The validation of the second epoch is asked for in several batches, and stopped before its second."""
    monkeypatch.setattr("core.training.memory._PIXELS_AT_ONCE", 4 * 16 * 16)
    expected = worked_on(make())
    run, logits, asked = make(), Engine.logits, 0

    def counted(self: Engine, inputs: Tensor) -> Tensor:
        nonlocal asked
        asked += 1
        assert len(inputs) <= 4
        if self.progress.epoch == 1:
            (run.folder / "stop").touch()
        return logits(self, inputs)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "logits", counted)
        worked_on(run)
    assert run.state == "stopped"
    assert len(run.epochs) == 1
    n_of_first = asked - 1  # one batch of the second epoch, and no more
    assert n_of_first == -(-launch.split_counts(run)["val"] // 4)
    state = load_last(run.folder)
    assert state is not None
    assert state["progress"]["step"] == 2 * expected.epochs[0].step
    assert state["progress"]["epoch"] == 1
    launch.resume(run.run_id)
    assert_same(worked_on(run), expected)


def test_a_stop_between_the_parts_of_a_batch_makes_the_batch_anew_on_resume(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Engine.begin_epoch

    def in_parts(self: Engine, epoch: int) -> Any:
        self.parts = 4
        return begin(self, epoch)

    monkeypatch.setattr(Engine, "begin_epoch", in_parts)
    expected = worked_on(make())
    run, learn, n = make(), Engine._learn_from, 0

    def counted(self: Engine, *piece: Tensor, share: float) -> Tensor:
        nonlocal n
        n += 1
        if n == 4 * 9 + 2:  # the second part of the tenth batch
            (run.folder / "stop").touch()
        return learn(self, *piece, share=share)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_learn_from", counted)
        worked_on(run)
    assert (run.state, n) == ("stopped", 4 * 9 + 2)
    state = load_last(run.folder)
    assert state is not None
    assert state["progress"]["step"] == 9
    launch.resume(run.run_id)
    assert_same(worked_on(run), expected)


def test_a_stop_while_images_are_prepared_ends_before_anything_is_trained(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, make_picture, made = make(), picture_cache._made, 0

    def counted(*values: Any) -> Any:
        nonlocal made
        made += 1
        if made == 3:
            (run.folder / "stop").touch()
        return make_picture(*values)

    monkeypatch.setattr(picture_cache, "_made", counted)
    assert worked_on(run).state == "stopped"
    assert made == 3
    assert not (run.folder / "env.json").exists()


def interrupt(run: Run) -> Run:
    """Leave the run as a machine that was switched off does: it says that it runs, and nobody does."""
    write_status(run.folder, run.status.model_copy(update={"state": "running", "claimed_at": "2026-01-01"}))
    return run


def test_interrupted_runs_go_on_in_the_order_in_which_they_were_made(make: Make) -> None:
    runs = [interrupt(make(seed=seed)) for seed in range(3)]
    worked_on(make(epochs=1))
    assert [run.run_id for run in launch.interrupted()] == [run.run_id for run in runs]
    assert [run.run_id for run in launch.resume_all()] == [run.run_id for run in runs]
    assert {run.state for run in runs} == {"queued"}
    assert launch.interrupted() == []


def test_one_that_cannot_go_on_does_not_hold_up_the_others(make: Make, home: Path) -> None:
    first = interrupt(make())
    (home / "datasets" / "tiny").rename(home / "gone")
    write_tiny(n_images=40)
    second = interrupt(make())
    assert [run.run_id for run in launch.resume_all()] == [second.run_id]
    assert first.state == "interrupted"
    with pytest.raises(StateError, match="has changed since"):
        launch.resume(first.run_id)


def test_a_start_up_cleans_nothing_that_is_not_its_own(make: Make, home: Path) -> None:
    """What somebody keeps among our folders, and what a killed run left, is there after the server began."""
    run = interrupt(make())
    foreign = [
        home / "checkpoints" / "notes.txt",
        home / "checkpoints" / "my models" / "weights.safetensors",
        home / "checkpoints" / run.run_id / "paper.md",
        home / "checkpoints" / run.run_id / ".last.pt.abc",
        home / "jobs" / "thesis.docx",
        home / "jobs" / "queue" / "training" / "mine",
        home / "jobs" / "another" / "status.json",
        home / "datasets" / "backup.zip",
    ]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        os.utime(path, (0, 0))
    before = sorted(path for path in home.rglob("*"))
    tidy_once()
    assert sorted(path for path in home.rglob("*")) == before
    assert [path.read_text() for path in foreign] == ["mine"] * len(foreign)


def test_a_process_of_its_own_steps_back_on_the_cpu_and_takes_one_gpu(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    monkeypatch.setattr(os, "nice", steps.append)
    worker.main(make(epochs=1).folder)
    assert steps == []  # a test, an experiment: not its process to change
    worker.main(make(epochs=1).folder, is_own_process=True)
    assert steps == [5]
    monkeypatch.setattr(places, "_torch_has_cuda", lambda: True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,4")
    worker.settle("cuda:1")
    assert (os.environ["CUDA_VISIBLE_DEVICES"], steps) == ("4", [5])


def test_runs_side_by_side_share_all_cores_but_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "n_cores", lambda: 8)
    before = torch.get_num_threads()
    try:
        run = make(threads=None)
        assert environment.set_threads(run) == 7
        monkeypatch.setenv("LIGHTBOX_JOBS", "3")
        assert environment.set_threads(run) == 2
        monkeypatch.setenv("LIGHTBOX_JOBS", "30")
        assert environment.set_threads(run) == 1
    finally:
        torch.set_num_threads(before)
