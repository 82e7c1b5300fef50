"""The command line that a form shows asks for the same run that the form does."""

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from core.cli import training
from core.cli.main import lightbox, run
from core.errors import InvalidValueError, UserError
from core.runs.store import list_runs
from core.training.config import TrainingConfig, command_line, parse_config
from tests.tiny_dataset import write_tiny

STEPS = [
    {"name": "window", "parameters": {"mode": "manual", "center": 40.0, "width": 400.0}},
    {"name": "channels"},
    {"name": "resize", "parameters": {"size": 48}},
]


class Launched(Exception):
    """Carries the config that a command would have launched."""


def asked_for(line: str, monkeypatch: pytest.MonkeyPatch) -> TrainingConfig:
    words = shlex.split(line)
    assert words[:3] == ["python", "-m", "core"]

    def keep(config: TrainingConfig) -> None:
        raise Launched(config)

    monkeypatch.setattr(training.launch, "launch", keep)
    monkeypatch.setattr(training, "_refuse_weights", lambda config: None)  # the names here are made up
    with pytest.raises(Launched) as launched:
        lightbox.main(words[3:], standalone_mode=False)
    found = launched.value.args[0]
    assert isinstance(found, TrainingConfig)
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"epochs": 3, "learning_rate": 1e-5, "optimizer": "sgd", "seed": 12},
        {"dropout": 0.25, "focal_alpha": 0.5, "loss": "focal", "threads": 2},
        {"model": "resnet18", "weights_from": "run:an-old-run", "head_epochs": 2, "unfreeze": "last blocks"},
        {"weights_from": 'file:it\'s "mine" $HOME; rm'},
        {"split": {"scheme": "k-fold", "n_folds": 7, "fold": 3, "by_patient": False}},
        {"augmentations": []},
        {"augmentations": [{"name": "rotate", "parameters": {"degrees": 12.5}}]},
        {"preprocessing": {"steps": STEPS}, "image_size": 48},
    ],
)
def test_the_command_line_of_a_config_gives_the_same_config(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = parse_config({"dataset": "my films", **changes})
    assert asked_for(command_line(config), monkeypatch) == config


def test_only_what_differs_from_the_defaults_is_said() -> None:
    assert command_line(parse_config({"dataset": "films"})) == "python -m core train films"
    changed = parse_config({"dataset": "films", "epochs": 3, "split": {"seed": 7}})
    assert command_line(changed) == "python -m core train films --set epochs=3 --set split.seed=7"


def test_the_command_line_is_refused_with_the_sentence_of_the_form(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny()
    with pytest.raises(InvalidValueError) as refused:
        parse_config({"dataset": "tiny", "batch_size": 1})
    monkeypatch.setattr(sys, "argv", ["core", "train", "tiny", "--set", "batch_size=1"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{refused.value}\n"
    assert not (home / "checkpoints").exists()


def test_weights_that_do_not_fit_are_refused_before_there_is_a_run(home: Path) -> None:
    write_tiny("tiny", n_images=16)
    words = ["train", "tiny", "--set", "weights_from=run:gone"]
    with pytest.raises(UserError, match="gone"):
        lightbox.main(words, standalone_mode=False)
    assert not any(run.config.dataset == "tiny" for run in list_runs())
