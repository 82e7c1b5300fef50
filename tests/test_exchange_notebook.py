"""The notebook: well-formed, in the reader's language, and its cells are the script's code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.exchange.bundle_readme import TOLERANCE
from core.language import language
from core.training import launch
from core.training.config import parse_config
from tests.exchanged import CONFIG, PLAIN, STANDARD, Train, largest_difference, modules_of, taken_home, train
from tests.tiny_dataset import write_tiny

__all__ = ["train"]


def code_of(notebook: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_its_cells_executed_one_after_another_give_the_curve_of_the_run(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=48)
    run = train(epochs=2)
    home = taken_home(run, tmp_path)
    monkeypatch.chdir(home)
    names: dict[str, Any] = {}
    for cell in code_of(json.loads((home / "train.ipynb").read_text(encoding="utf-8"))):
        exec(compile(cell, "cell", "exec"), names)
    assert largest_difference(pd.read_csv("curve.csv"), run) <= TOLERANCE


@pytest.fixture
def notebook(home: Path, tmp_path: Path) -> dict[str, Any]:
    write_tiny(n_images=32)
    with language("zh_Hans"):
        folder = taken_home(launch.make_run(parse_config(CONFIG)), tmp_path)
    return json.loads((folder / "train.ipynb").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_it_has_what_the_format_asks_for(notebook: dict[str, Any]) -> None:
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        extra = {"outputs", "execution_count"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"id", "cell_type", "metadata", "source"} | extra
        assert all(line.endswith("\n") for line in cell["source"][:-1])


def test_each_cell_of_code_stands_under_a_sentence_in_the_readers_language(notebook: dict[str, Any]) -> None:
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2)
    said = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert "诊断" in said
    assert "验证" in said


def test_it_needs_no_lightbox(notebook: dict[str, Any]) -> None:
    assert modules_of("\n".join(code_of(notebook))) <= PLAIN | STANDARD


def test_ruff_finds_nothing_in_its_cells(notebook: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "cells.ipynb"
    path.write_text(json.dumps(notebook))
    ruff = [Path(sys.executable).parent / "ruff", "check", "--isolated", "--no-cache", "--line-length", "110"]
    result = subprocess.run([*ruff, path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
