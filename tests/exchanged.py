"""Runs that leave and arrive, for the tests of core.exchange: train here, take home, execute, compare."""

import ast
import runpy
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from core.exchange.bundle import write_bundle
from core.jobs import control
from core.runs.store import Run
from core.training import launch, worker
from core.training.config import parse_config

PLAIN = {"torch", "torchvision", "numpy", "pandas", "PIL", "sklearn"}
STANDARD = {"argparse", "hashlib", "math", "pathlib"}
CONFIG: dict[str, Any] = {
    "dataset": "tiny",
    "epochs": 3,
    "batch_size": 8,
    "image_size": 16,
    "device": "cpu",
    "threads": 1,
}
Train = Callable[..., Run]


@pytest.fixture
def train(home: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Launch a run and work on it here, in the test's own process."""
    monkeypatch.setattr(control, "_launch", lambda folder, module: None)

    def train(**changes: Any) -> Run:
        run = launch.launch(parse_config({**CONFIG, **changes}))
        worker.main(run.folder)
        assert run.state == "completed", run.status
        return run

    return train


def taken_home(run: Run, folder: Path, **options: Any) -> Path:
    """Return the folder in which a run's zip was unpacked."""
    out = folder / f"{run.run_id}.zip"
    write_bundle(run, out, **options)
    into = folder / f"{run.run_id}-home"
    with zipfile.ZipFile(out) as archive:
        archive.extractall(into)
    return into


def execute(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> pd.DataFrame:
    """Execute train.py in this process, which has torch already, and return its curve."""
    monkeypatch.setattr(sys, "argv", ["train.py", *options])
    with torch.random.fork_rng(devices=[]):
        runpy.run_path(str(folder / "train.py"), run_name="__main__")
    return pd.read_csv(folder / "curve.csv")


def largest_difference(curve: pd.DataFrame, run: Run) -> float:
    """Return the largest difference of a number in the curve from the run's own; all epochs must be there."""
    epochs = run.epochs
    assert curve["epoch"].tolist() == [line.epoch for line in epochs]
    names = [name for name in curve.columns if name.startswith("val_")]
    assert {"val_loss", "val_accuracy"} <= set(names)
    return max(
        abs(value - getattr(line, name))
        for name in names
        for value, line in zip(curve[name], epochs, strict=True)
    )


def modules_of(source: str) -> set[str]:
    """Return the top-level names of what a script imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found
