"""What must start quickly loads neither torch nor streamlit: each looked at in a fresh interpreter."""

import json
import subprocess
import sys

import pytest

from core.workspace import ROOT

PACKAGES = ("images", "datasets", "statistics", "jobs", "figures", "reading")
SINGLE = (
    "core.errors",
    "core.language",
    "core.lessons",
    "core.validation",
    "core.workspace",
    "core.evaluation.coach",
    "core.evaluation.index",
    "core.evaluation.lineage",
    "core.report.writing",
    "core.explanation.catalog",
    "core.explanation.checks.catalog",
    "core.explanation.choosing",
    "core.explanation.layers",
    "core.explanation.passes",
    "core.explanation.checks.export",
    "core.explanation.novelty.judging",
    "core.explanation.novelty.kinds",
    "core.explanation.novelty.store",
    "core.explanation.meaning",
    "core.explanation.spread",
    "core.explanation.validity.table",
    "core.experiments.novelty_records",
    "core.experiments.sweeps.importance",
    "core.experiments.sweeps.keeping",
    "core.experiments.sweeps.optimism",
    "core.experiments.sweeps.store",
    "core.experiments.sweeps.worker",
    "core.runs.kept",
    "core.runs.notes",
    "core.runs.trash",
    "core.training.branching",
    "core.training.config",
    "core.training.launch",
    "core.training.luck",
    "core.training.repetition",
    "core.training.worker",
    "core.runs.store",
    "core.runs.metrics",
    "core.runs.records",
    "core.runs.predictions",
    "core.transforms.preprocessing",
)
HEAVY = ("torch", "torchvision", "captum", "streamlit", "optuna")


def modules() -> list[str]:
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in (ROOT / "core" / package).rglob("*.py")
    }
    catalogs = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.glob("core/*/catalog.py")
    }
    return sorted({name.removesuffix(".__init__") for name in found | catalogs} | set(SINGLE))


@pytest.fixture(scope="module")
def loaded_by() -> dict[str, list[str]]:
    """For each module, the heavy ones that came in with it, in one interpreter that imports them in turn."""
    script = (
        "import importlib, json, sys\n"
        "found = {}\n"
        "for name in sys.argv[2:]:\n"
        "    importlib.import_module(name)\n"
        "    found[name] = [heavy for heavy in sys.argv[1].split(',') if heavy in sys.modules]\n"
        "print(json.dumps(found))"
    )
    command = [sys.executable, "-c", script, ",".join(HEAVY), *modules()]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", modules())
def test_it_loads_neither_torch_nor_streamlit(name: str, loaded_by: dict[str, list[str]]) -> None:
    assert loaded_by[name] == [], "or a module before it in the alphabet does: look at the first that fails"


def test_the_list_holds_what_the_design_names() -> None:
    names = modules()
    for name in (
        "core.images",
        "core.datasets.store",
        "core.jobs.worker",
        "core.models.catalog",
        "core.figures",
    ):
        assert name in names
