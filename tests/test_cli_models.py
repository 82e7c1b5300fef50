"""`export-model`, `import-model` and `convert`: the way of the README, and what is refused on it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from core.cli.models import COMMANDS
from core.errors import ImportRefusedError, InvalidValueError
from core.runs.store import Run, open_run
from tests.trained import make_run_of


@pytest.fixture
def run(home: Path) -> Run:
    return make_run_of(("clear", "finding"), "mother")


def printed(name: str, *arguments: object) -> dict[str, Any]:
    command = next(command for command in COMMANDS if command.name == name)
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_a_model_leaves_and_comes_back_under_a_free_name(run: Run, tmp_path: Path) -> None:
    left = printed("export-model", "mother", "--out", tmp_path / "m.zip")
    assert left["size_bytes"] == (tmp_path / "m.zip").stat().st_size
    assert "onnx" not in left
    for expected in ("theirs", "theirs-2"):
        came = printed("import-model", tmp_path / "m.zip", "--name", "theirs")
        assert (came["run"], came["model"], came["dataset_there"]) == (expected, "small_cnn", "mother-data")
    assert open_run("theirs").card.class_names == ("clear", "finding")


@pytest.mark.slow
def test_a_pickle_becomes_a_folder_that_comes_in_as_a_run(run: Run, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    state = load_file(run.folder / "best.safetensors")
    torch.save({"state_dict": {f"module.{name}": one for name, one in state.items()}}, tmp_path / "w.pth")
    out = tmp_path / "theirs" / "best.safetensors"
    words = ["--classes", "a,b", "--mean", "0.5", "--std", "0.25", "--image-size", "16"]
    told = printed("convert", tmp_path / "w.pth", "--model", "small_cnn", "--out", out, *words)
    assert (told["classes"], told["channels"], told["tensors"]) == (2, 1, len(state))
    assert (told["taken_from"], told["prefix_removed"]) == ("state_dict", "module.")
    assert told["memory_limit_mb"] >= 512
    assert printed("import-model", out.parent, "--name", "theirs")["class_names"] == ["a", "b"]


def test_what_cannot_be_is_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    torch.save({str(number): torch.zeros(1) for number in range(100)}, tmp_path / "w.pth")
    with pytest.raises(ImportRefusedError, match=r"python -m core convert weights.pth --model M"):
        printed("import-model", tmp_path / "w.pth")
    with pytest.raises(InvalidValueError, match="has to end in .safetensors"):
        printed("convert", tmp_path / "w.pth", "--model", "small_cnn", "--out", tmp_path / "w.bin")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["w.pth"]
