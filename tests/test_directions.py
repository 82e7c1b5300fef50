"""The contracts of import-linter hold every room of the house, and fail on an import the wrong way."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from core.workspace import ROOT

WRONG = [
    ("core/images/records.py", "import core.datasets.records", "Direction inside core"),
    ("core/statistics/roc.py", "import core.jobs.status", "Direction inside core"),
    ("core/training/config/parsing.py", "import core.runs.store", "Direction inside core"),
    ("core/errors.py", "import ui.messages", "Direction between the rooms"),
    ("ui/messages.py", "import pages.home", "Direction between the rooms"),
    ("pages/home.py", "import pages.glossary", "A page never imports a page"),
    ("core/figures/__init__.py", "import core.datasets.store", "Figures take arrays and records only"),
    ("core/figures/__init__.py", "import core.runs.checkpoints", "Figures take arrays and records only"),
    ("core/images/records.py", "import streamlit", "Core has no screens"),
]


@pytest.mark.parametrize(
    ("path", "line", "contract"), WRONG, ids=[f"{path}: {line}" for path, line, _ in WRONG]
)
def test_an_import_the_wrong_way_breaks_its_contract(
    tmp_path: Path, path: str, line: str, contract: str
) -> None:
    for name in ("core", "ui", "pages"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stdout
    assert [row for row in result.stdout.splitlines() if row.startswith(contract) and "BROKEN" in row]


def test_every_module_of_core_stands_in_a_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(
        each for each in settings["contracts"] if each["name"].startswith("Direction inside core")
    )
    parts = [part for layer in contract["layers"] for part in layer.replace(":", "|").split("|")]
    named = {part.strip(" ()") for part in parts}  # in parentheses: may be missing from a clean checkout
    rooms = {
        f"core.{path.stem}"
        for path in (ROOT / "core").iterdir()
        if path.stem not in ("__init__", "__pycache__")
    }
    training = [path.stem for path in (ROOT / "core" / "training").glob("[!_]*")]  # and the room config/
    stations = {f"core.training.{name}" for name in training}
    assert (rooms - {"core.training"}) | stations == named
