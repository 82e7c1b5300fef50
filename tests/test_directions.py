"""The contracts of import-linter hold every room of the house, and fail on an import the wrong way."""

import re
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


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the code with all the wrong imports, without runs of spaces."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("core", "ui", "pages"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path, line, _contract in WRONG:
        with (copy / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stdout
    return re.sub(" +", " ", result.stdout)


@pytest.mark.parametrize(
    ("path", "line", "contract"), WRONG, ids=[f"{path}: {line}" for path, line, _ in WRONG]
)
def test_an_import_the_wrong_way_breaks_its_contract(
    report: str, path: str, line: str, contract: str
) -> None:
    assert [row for row in report.splitlines() if row.startswith(contract) and "BROKEN" in row]
    importer = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    title_and_rule = rf"^{re.escape(contract)}[^\n]*\n-+\n"
    _, findings = re.split(title_and_rule, report, flags=re.MULTILINE)
    findings = re.split(r"^-{4,}$", findings, flags=re.MULTILINE)[0]  # until the next title
    assert f"\n- {importer} -> {line.removeprefix('import ')} (l." in findings


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
