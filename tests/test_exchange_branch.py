"""A branch taken home as a script: it begins from the state of its parent, and its curve is the branch's."""

from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import StateError
from core.exchange.archive import write_archive
from core.exchange.arrival import import_run
from core.runs.store import Run, delete_run
from core.training import worker
from core.training.branching import branch
from tests.exchanged import PLAIN, STANDARD, Train, execute, modules_of, taken_home, train
from tests.tiny_dataset import write_tiny

__all__ = ["train"]

TOLERANCE = 1e-4
EPOCH = 2
MOMENTUM = {"optimizer": "momentum", "dropout": 0.2}
PLATEAU = {"schedule": "plateau", "plateau_patience": 0, "best_by": "accuracy", "optimizer": "rmsprop"}


def branched(train: Train, changes: dict[str, Any], **settings: Any) -> Run:
    """Train a run, branch it after its second epoch, and train the branch."""
    write_tiny(n_images=48)
    run = branch(train(epochs=4, keep_epochs="all", **settings).run_id, EPOCH, changes)
    worker.main(run.folder)
    assert run.state == "completed", run.status
    return run


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({"dropout": 0.2}, {}),  # the place in chance goes on
        ({}, {"learning_rate": 0.05, "epochs": 5, "batch_size": 12, "seed": 3}),
        pytest.param({}, {"optimizer": "sgd", "loss": "focal", "augmentations": []}, marks=pytest.mark.slow),
        (MOMENTUM, {"freeze_all_but": 1}),
        pytest.param({}, {"freeze_all_but": 0, "frozen_norm": "adapt"}, marks=pytest.mark.slow),
        (PLATEAU, {"rate_factor": 0.5, "epochs": 6}),
    ],
    ids=["nothing", "numbers", "other rules", "frozen but a block", "head alone", "plateau"],
)
def test_whatever_the_branch_changed_its_script_gives_its_curve(
    train: Train,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    changes: dict[str, Any],
) -> None:
    run = branched(train, changes, **settings)
    home = taken_home(run, tmp_path)
    curve = execute(home, monkeypatch)
    own = [line for line in run.epochs if line.epoch > EPOCH]
    assert curve["epoch"].tolist() == [line.epoch for line in own]
    assert curve["val_loss"].tolist() == pytest.approx([line.val_loss for line in own], abs=TOLERANCE)
    assert modules_of((home / "train.py").read_text()) <= PLAIN | STANDARD
    assert "the state after epoch 2 of the run tiny-small_cnn-001" in (home / "README.md").read_text()


def test_without_what_was_gathered_the_curve_is_another(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = branched(train, {}, optimizer="adam")
    home = taken_home(run, tmp_path)
    start = torch.load(home / "start.pt", weights_only=True)
    torch.save({**start, "optimizer": {}}, home / "start.pt")
    last = execute(home, monkeypatch)["val_loss"].iloc[-1]
    assert abs(last - run.epochs[-1].val_loss) > 10 * TOLERANCE


def test_a_branch_whose_parent_is_gone_is_refused_in_one_sentence(train: Train, tmp_path: Path) -> None:
    run = branched(train, {})
    delete_run(Run("tiny-small_cnn-001", run.folder.with_name("tiny-small_cnn-001")))
    with pytest.raises(StateError, match="what was kept of that epoch is gone"):
        taken_home(run, tmp_path)
    assert list(tmp_path.glob("*.zip")) == []


def test_another_run_by_the_parents_name_is_not_taken_for_it(train: Train, tmp_path: Path) -> None:
    run = branched(train, {})
    parent = run.folder.with_name("tiny-small_cnn-001")
    delete_run(Run(parent.name, parent))
    other = train(epochs=3, seed=5, keep_epochs="all")
    other.folder.rename(parent)
    with pytest.raises(StateError, match="what was kept of that epoch is gone"):
        taken_home(run, tmp_path)


def test_a_branch_of_stages_is_refused_in_one_sentence(train: Train, tmp_path: Path) -> None:
    run = branched(train, {"learning_rate": 0.02}, head_epochs=1, unfreeze="all")
    with pytest.raises(StateError, match="Lightbox writes no script of that"):
        taken_home(run, tmp_path)


def test_a_branch_from_another_lightbox_is_no_run_from_the_beginning(train: Train, tmp_path: Path) -> None:
    run = branched(train, {})
    write_archive(run, tmp_path / "branch.zip")
    arrived = import_run(tmp_path / "branch.zip").run
    with pytest.raises(StateError, match="is a branch that came from another Lightbox"):
        taken_home(arrived, tmp_path)


def test_a_branch_that_waits_leaves_from_its_own_state(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=48)
    run = branch(train(epochs=4, keep_epochs="all").run_id, EPOCH, {"epochs": 3})
    parent = run.folder.with_name("tiny-small_cnn-001")
    delete_run(Run(parent.name, parent))
    home = taken_home(run, tmp_path)
    assert not (home / "expected_curve.csv").exists()
    assert execute(home, monkeypatch)["epoch"].tolist() == [3]
