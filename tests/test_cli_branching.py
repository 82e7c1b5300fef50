"""`branch` on the command line: which epochs there are, a branch, and what is refused with exit code 2."""

from pathlib import Path

import pytest

from core.jobs import control
from core.runs.records import Parent
from core.runs.store import open_run
from core.training import launch, worker
from core.training.config import parse_config
from tests.test_cli import Command, command
from tests.tiny_dataset import write_tiny

assert command  # a fixture


@pytest.fixture
def parent(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)
    write_tiny(n_images=20)
    config = {
        "dataset": "tiny",
        "epochs": 2,
        "batch_size": 8,
        "image_size": 16,
        "device": "cpu",
        "threads": 1,
    }
    run = launch.launch(parse_config(config))
    worker.main(run.folder)
    return run.run_id


def test_a_run_is_branched_from_one_of_its_epochs(command: Command, parent: str) -> None:
    kept = command("branch", parent, "--json").record
    assert [row["epoch"] for row in kept["kept_epochs"]] == [1, 2]
    assert all(row["size_bytes"] > 0 for row in kept["kept_epochs"])
    answer = command("branch", parent, "--epoch", "1", "--set", "learning_rate=0.001", "--detach", "--json")
    assert (answer.code, answer.record["state"]) == (0, "queued")
    made = open_run(answer.record["run"])
    assert made.request.parent == Parent(run=parent, epoch=1)
    assert made.config.learning_rate == 0.001


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--epoch", "9"), "After epoch 9 of 2 there is nothing left to train: choose more epochs.\n"),
        (
            ("--epoch", "1", "--set", "model=resnet18"),
            "'model' cannot change in the middle of a training: start a new run from the settings of this"
            " one.\n",
        ),
        (
            ("--epoch", "1", "--set", "learning_rate"),
            "--set needs FIELD=VALUE, for example epochs=10, not 'learning_rate'.\n",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    command: Command, parent: str, words: tuple[str, ...], said: str
) -> None:
    answer = command("branch", parent, *words)
    assert (answer.code, answer.err) == (2, said)
