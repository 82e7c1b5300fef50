"""A branch goes on from a kept epoch: to the bit as its parent where nothing changes, else apart from there.

The workers run inside the test, on the CPU with one thread, with augmentation, dropout, AdamW and a cosine
schedule. Real processes: test_training_branching_processes.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import InvalidValueError, UnknownNameError, UserError
from core.jobs import control
from core.models.catalog import MODELS
from core.runs import kept, store
from core.runs.checkpoints import load_last
from core.runs.records import Parent
from core.runs.store import Run, delete_run
from core.training import launch, worker
from core.training.branching import BRANCH_FIELDS, branch
from core.training.config import TrainingConfig, parse_config
from tests.test_training_resume import CONFIG, assert_same_bits, lines
from tests.tiny_dataset import write_tiny
from tests.workers import trainer

N_EPOCHS = 3
SETTINGS = {**CONFIG, "epochs": N_EPOCHS, "model": trainer.NAME, "image_size": 32}
OF_ITS_OWN = {"best_score", "best_epoch", "epochs_without_improvement"}  # counted from the branch on


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for the module, and a network with dropout, which draws from the global random state."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        patch.setitem(MODELS, trainer.NAME, trainer.SPEC)
        patch.setattr(control, "_launch", lambda folder, module: None)
        write_tiny()
        yield folder


def finish(run: Run) -> Run:
    """Work on a run here, in the test's own process."""
    worker.main(run.folder)
    assert run.state == "completed"
    return run


@pytest.fixture(scope="module")
def parent(shared_home: Path) -> Run:
    return finish(launch.launch(parse_config(SETTINGS)))


def without_marks(run: Run) -> list[dict[str, Any]]:
    return [line for line in lines(run) if line.get("what") not in ("branch", "replay")]


def assert_same_end(one: Run, other: Run) -> None:
    states = [load_last(run.folder) for run in (one, other)]
    assert states[0] is not None
    assert states[1] is not None
    for state in states:
        state["progress"] = {k: v for k, v in state["progress"].items() if k not in OF_ITS_OWN}
    assert_same_bits(*states)


def test_a_branch_without_changes_goes_on_to_the_bit_as_its_parent(parent: Run) -> None:
    child = finish(branch(parent.run_id, 1, {}))
    assert without_marks(child) == without_marks(parent)
    assert_same_end(child, parent)
    assert child.request.parent == Parent(run=parent.run_id, epoch=1)
    assert child.request.split_hash == parent.request.split_hash
    assert (child.folder / "split.parquet").read_bytes() == (parent.folder / "split.parquet").read_bytes()
    assert not (child.folder / "start.pt").exists()


def test_another_learning_rate_changes_the_run_from_the_epoch_on_and_not_before(parent: Run) -> None:
    child = finish(branch(parent.run_id, 2, {"learning_rate": parent.config.learning_rate / 10}))
    mine, theirs = without_marks(child), without_marks(parent)
    after = next(number for number, line in enumerate(theirs) if line.get("epoch") == 2) + 1
    assert mine[:after] == theirs[:after]
    assert child.epochs[:2] == parent.epochs[:2]
    steps = [line for line in mine[after:] if line["kind"] == "step"]
    others = [line for line in theirs[after:] if line["kind"] == "step"]
    assert steps[0]["learning_rate"] == pytest.approx(others[0]["learning_rate"] / 10)
    assert [line["step"] for line in steps] == [line["step"] for line in others]
    assert all(one["loss"] != other["loss"] for one, other in zip(steps[1:], others[1:], strict=True))
    assert child.card.best_epoch == 3  # of its own epochs, whatever the parent's were


def test_a_branch_outlives_its_parent_and_can_be_branched_again(parent: Run) -> None:
    first = finish(branch(parent.run_id, 1, {"weight_decay": 0.0}))
    second = branch(first.run_id, 2, {"optimizer": "nesterov", "learning_rate": 1e-3, "loss": "focal"})
    epochs = first.epochs[:2]
    delete_run(first)
    assert finish(second).epochs[:2] == epochs
    assert [event["epoch"] for event in lines(second) if event.get("what") == "branch"] == [1.0, 2.0, 2.0]
    text = [event["message"]["text"] for event in lines(second) if event.get("what") == "branch"][-1]
    assert text.startswith("The optimizer '{optimizer}' is new")


def test_frozen_layers_stay_to_the_bit_from_the_epoch_on(parent: Run) -> None:
    child = finish(branch(parent.run_id, 1, {"freeze_all_but": 0, "epochs": 2}))
    before = torch.load(kept.epoch_path(parent, 1), weights_only=True)["model"]
    after = torch.load(kept.epoch_path(child, 2), weights_only=True)["model"]
    head = {name for name in before if name.startswith(trainer.SPEC.head)}
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert moved <= head
    assert child.config.freeze_after == 1
    assert [step.learning_rate for step in child.epochs] == [
        pytest.approx(rate) for rate in (parent.epochs[0].learning_rate, 0.0)
    ]


def test_batches_of_another_size_keep_the_place_in_the_schedule(parent: Run) -> None:
    child = finish(branch(parent.run_id, 1, {"batch_size": 8, "schedule": "step", "step_epochs": 2}))
    assert [line.learning_rate for line in child.epochs[1:]] == pytest.approx([3e-4, 3e-4])
    assert child.epochs[-1].step < parent.epochs[-1].step


def test_a_finished_run_is_trained_on_with_more_epochs(parent: Run) -> None:
    with pytest.raises(InvalidValueError, match="After epoch 3 of 3 there is nothing left to train"):
        branch(parent.run_id, 3, {"learning_rate": 1e-4})
    child = finish(branch(parent.run_id, 3, {"epochs": 4}))
    assert [line.epoch for line in child.epochs] == [1, 2, 3, 4]


@pytest.mark.parametrize("field", sorted(set(TrainingConfig.model_fields) - set(BRANCH_FIELDS)))
def test_what_must_stay_is_refused_with_what_to_do_instead(parent: Run, field: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        branch(parent.run_id, 1, {field: None})
    assert str(caught.value) == (
        f"'{field}' cannot change in the middle of a training: start a new run from the settings of this one."
    )


def test_fields_that_must_stay_are_these() -> None:
    fixed = set(TrainingConfig.model_fields) - set(BRANCH_FIELDS)
    assert fixed == {"dataset", "split", "model", "image_size", "preprocessing", "pretrained", "weights_from"}


@pytest.fixture
def copy(parent: Run) -> Iterator[Run]:
    """A copy of the parent that may be spoilt."""
    run = Run("spoilt", parent.folder.with_name("spoilt"))
    shutil.copytree(parent.folder, run.folder)
    yield run
    shutil.rmtree(run.folder)


def test_an_epoch_that_was_not_kept_is_refused(copy: Run) -> None:
    kept.epoch_path(copy, 2).unlink()
    refused(copy, 2, "Epoch 2 of 'spoilt' was not kept. Choose one of: 1, 3.")
    refused(copy, 9, "After epoch 9 of 3 there is nothing left to train: choose more epochs.")
    shutil.rmtree(copy.folder / "epochs")
    refused(copy, 1, "'spoilt' has kept none of its epochs: start a new run from its settings.")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_torn_file_is_refused(copy: Run, share: float) -> None:
    path = kept.epoch_path(copy, 1)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(copy, 1, "The kept epoch 1 of 'spoilt' is damaged: branch from another epoch.")


def test_one_wrong_byte_is_found(copy: Run) -> None:
    path = kept.epoch_path(copy, 1)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(copy, 1, "The kept epoch 1 of 'spoilt' is damaged: branch from another epoch.")


def test_a_state_of_another_kind_is_refused_and_nothing_in_it_is_run(copy: Run) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(copy.folder / "was-run"),)

    torch.save({"model": {}, "harm": Harmful()}, kept.epoch_path(copy, 1))
    refused(
        copy,
        1,
        "The kept epoch 1 of 'spoilt' was not written by this version of Lightbox: start a new run from its"
        " settings.",
    )
    assert not (copy.folder / "was-run").exists()


def test_the_run_that_ships_can_be_branched_and_stays_as_it_is(
    parent: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "shipped" / store.DEMO_RUN
    shutil.copytree(parent.folder, shipped)
    monkeypatch.setattr(store, "SHIPPED_RUNS", shipped.parent)
    before = {path: path.read_bytes() for path in shipped.rglob("*") if path.is_file()}
    child = branch(store.DEMO_RUN, 1, {})
    assert child.folder.parent == parent.folder.parent
    assert without_marks(finish(child)) == without_marks(parent)
    assert {path: path.read_bytes() for path in shipped.rglob("*") if path.is_file()} == before


def test_a_disk_without_second_names_gets_a_copy(parent: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    child = branch(parent.run_id, 1, {})
    assert (child.folder / "start.pt").read_bytes() == kept.epoch_path(parent, 1).read_bytes()
    assert (child.folder / "start.pt").stat().st_nlink == 1


def test_values_that_cannot_go_together_are_refused(copy: Run) -> None:
    refused(copy, 1, "Warm-up takes 50 of 3 epochs", {"warmup_epochs": 50})
    refused(copy, 1, "freeze_all_but is 9", {"freeze_all_but": 9})
    with pytest.raises(UnknownNameError):
        branch(copy.run_id, 1, {"learning_speed": 1})


def test_a_data_set_that_has_changed_is_refused(copy: Run) -> None:
    path = copy.folder / "config.json"
    path.write_text(path.read_text().replace(copy.request.dataset_revision, "of another time"))
    refused(copy, 1, "The data set 'tiny' has changed since 'spoilt' began; start a new run instead.")


def refused(run: Run, epoch: int, said: str, changes: dict[str, Any] | None = None) -> None:
    before = sorted(run.folder.parent.iterdir())
    with pytest.raises(UserError) as caught:
        branch(run.run_id, epoch, changes or {})
    assert said in str(caught.value)
    assert sorted(run.folder.parent.iterdir()) == before
