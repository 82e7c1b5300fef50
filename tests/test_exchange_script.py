"""A run as a script: it stands alone, reads well to ruff, and its curve is the run's.

The curves are compared number by number. The tolerance is the one that the README of each script states.
"""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.datasets.exporting import export_dataset
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.exchange.bundle_readme import TOLERANCE
from core.images.records import MedicalImage, Window
from core.models.catalog import MODELS
from core.training import launch
from core.training.config import parse_config
from core.training.picture_cache import cached_pictures
from core.workspace import ROOT
from tests.exchanged import (
    CONFIG,
    PLAIN,
    STANDARD,
    Train,
    execute,
    largest_difference,
    modules_of,
    taken_home,
    train,
)
from tests.tiny_dataset import write_tiny

__all__ = ["train"]

ALL_BUT_MIXING = [
    {"name": name}
    for name in (
        *("flip_horizontal", "flip_vertical", "rotate", "translate", "scale", "shear", "crop", "elastic"),
        *("brightness", "contrast", "gamma", "gaussian_noise", "poisson_noise", "blur", "erase"),
    )
]
FLIPS = [{"name": "flip_horizontal"}, {"name": "flip_vertical"}]
MIXED = [{"name": "rotate"}, {"name": "mixup"}, {"name": "cutmix"}]


def steps(*names: Any) -> dict[str, Any]:
    """Return a pipeline of steps, each a name or (name, parameters)."""
    pairs = [(name, {}) if isinstance(name, str) else name for name in names]
    return {"steps": [{"name": name, "parameters": parameters} for name, parameters in pairs]}


def test_the_script_runs_by_itself_and_gives_the_curve_of_the_run(train: Train, tmp_path: Path) -> None:
    write_tiny()
    run = train()
    home = taken_home(run, tmp_path)
    result = subprocess.run(
        [sys.executable, "-W", "error", "-I", "train.py"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert largest_difference(pd.read_csv(home / "curve.csv"), run) <= TOLERANCE
    assert "Largest difference of the validation loss from the run's own" in result.stdout


def test_another_seed_in_the_script_gives_another_curve(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny()
    run = train()
    home = taken_home(run, tmp_path)
    script = home / "train.py"
    script.write_text(script.read_text().replace("SEED = 0", "SEED = 1"))
    assert largest_difference(execute(home, monkeypatch), run) > 10 * TOLERANCE


TWO_STAGES = {"head_epochs": 2, "epochs": 4, "unfreeze": "last blocks"}
PLATEAU = {"schedule": "plateau", "plateau_patience": 0, "best_by": "balanced_accuracy"}
QUICK: list[dict[str, Any]] = [
    {"augmentations": ALL_BUT_MIXING, "epochs": 2},
    {"balance": "under-sampling", "optimizer": "nesterov", "schedule": "one-cycle", "dropout": 0.3},
    {"loss": "focal", "focal_alpha": 0.7, "optimizer": "momentum", "warmup_epochs": 0.5} | TWO_STAGES,
    {"optimizer": "rmsprop", "learning_rate": 0.05, "epochs": 5, "patience": 2} | PLATEAU,
]
SLOW: list[dict[str, Any]] = [
    {"augmentations": []},
    {"augmentations": FLIPS},
    {"augmentations": MIXED, "loss": "focal", "label_smoothing": 0.1},
    {"loss": "focal", "balance": "class weights", "best_by": "mcc"},
    {"label_smoothing": 0.1, "balance": "class weights", "best_by": "f1", "schedule": "constant"},
    {"balance": "over-sampling", "optimizer": "momentum", "schedule": "step", "step_epochs": 1},
    {"optimizer": "adagrad", "warmup_epochs": 0.5, "gradient_clip": 0.5, "best_by": "average_precision"},
    {"head_epochs": 1, "unfreeze": "nothing", "optimizer": "adam", "memory_format": "contiguous"},
    {"head_epochs": 1, "frozen_norm": "adapt", "optimizer": "sgd", "best_by": "auroc"},
    {"model": "digit_cnn", "batch_size": 1, "epochs": 1, "dropout": 0.1},
    {"precision": "bfloat16"},
]
SIZES = {"xray_cnn": 32, "inception_v3": 96, "googlenet": 64, "vit_b_16": 64}
NETWORKS = [
    {"model": name, "image_size": max(SIZES.get(name, 16), spec.smallest_size), "epochs": 1, "threads": 2}
    for name, spec in MODELS.items()
]


@pytest.mark.timeout(1800)  # the largest networks are trained twice
@pytest.mark.parametrize(
    "changes",
    [*QUICK, *(pytest.param(changes, marks=pytest.mark.slow) for changes in (*SLOW, *NETWORKS))],
    ids=lambda changes: "-".join(str(changes[name]) if name == "model" else name for name in changes),
)
def test_whatever_was_chosen_the_curve_is_the_same(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    write_tiny(n_images=48)
    run = train(**changes)
    home = taken_home(run, tmp_path)
    found = largest_difference(execute(home, monkeypatch), run)
    assert found <= TOLERANCE
    assert_reads_well(home)


def assert_reads_well(home: Path) -> None:
    """Hold a script against the checks of this project, but that it may print."""
    script = home / "train.py"
    assert modules_of(script.read_text(encoding="utf-8")) <= PLAIN | STANDARD
    ruff = [Path(sys.executable).parent / "ruff"]
    options = ["--no-cache", "--config", str(ROOT / "pyproject.toml")]
    checked = subprocess.run(
        [*ruff, "check", *options, "--ignore", "T201", script], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    shown = subprocess.run(
        [*ruff, "format", *options, "--diff", script], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stdout


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_classes_and_colours(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_classes: int, n_channels: Any
) -> None:
    write_tiny(n_images=48, n_classes=n_classes, n_channels=n_channels)
    run = train(epochs=2, best_by="f1")
    home = taken_home(run, tmp_path)
    curve = execute(home, monkeypatch)
    assert {"val_auroc", "val_f1"} <= set(curve.columns)
    assert largest_difference(curve, run) <= TOLERANCE
    assert_reads_well(home)


def write_films(*, kind: str) -> None:
    """Write films that no 8 bits hold: 12 stored bits with windows, or the signed values of a CT."""
    draw = np.random.default_rng(5)
    samples = []
    for number in range(24):
        shape = (20 + number % 3, 30)
        values = draw.integers(0, 4096, shape).astype(np.uint16)
        image = MedicalImage(
            values, (0, 4095), windows=(Window(center=1500 + number, width=2000),), inverted=number % 2 == 0
        )
        if kind == "ct":
            values = draw.integers(-1024, 3000, shape).astype(np.int16)
            image = MedicalImage(values, (-1024, 3071), modality="CT")
        samples.append(NewSample(image, "ab"[number % 2]))
    write_dataset(DatasetDraft("tiny", title="Films", source="folders"), samples)


PIPELINES = {
    "windows": steps("window", "channels", ("resize", {"size": 16, "fit": "pad"}), "standardise"),
    "full": steps(
        ("crop_borders", {"top": 10, "left": 5, "right": 0, "bottom": 0}),
        ("window", {"mode": "full"}),
        ("gamma", {"gamma": 0.8}),
        ("channels", {"n_channels": 3}),
        ("resize", {"size": 16, "fit": "crop", "interpolation": "bicubic", "antialias": False}),
        ("standardise", {"per": "imagenet"}),
    ),
    "percentiles": steps(
        *("percentile_clip", "channels", "invert"),
        ("resize", {"size": 16, "interpolation": "lanczos"}),
        ("normalise", {"low": -1}),
    ),
    "own": steps(
        "window",
        *("channels", ("resize", {"size": 16, "interpolation": "nearest"})),
        ("standardise", {"per": "image"}),
    ),
    "range": steps("window", "channels", ("resize", {"size": 16}), ("normalise", {"per": "image"})),
}


@pytest.mark.parametrize("kind", ["film", "ct"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_the_fixed_steps_give_the_same_numbers(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, pipeline: str
) -> None:
    write_films(kind=kind)
    values = {**CONFIG, "preprocessing": PIPELINES[pipeline], "augmentations": [], "epochs": 1}
    run = launch.make_run(parse_config(values))
    folder = taken_home(run, tmp_path)
    assert_reads_well(folder)
    reading = (folder / "train.py").read_text().partition("# ---- 5.")[0]
    names: dict[str, Any] = {"__file__": str(folder / "train.py")}
    monkeypatch.setattr(sys, "argv", ["train.py"])
    exec(compile(reading, "train.py", "exec"), names)
    expected = cached_pictures(open_dataset("tiny"), run.config.preprocessing, lambda share: None)
    rows = run.split()["sample_id"].to_numpy()
    np.testing.assert_array_equal(names["pixels"].numpy(), expected[rows])


@pytest.mark.parametrize("step", ["clahe", "bilateral"])
def test_a_step_without_a_short_form_leaves_as_prepared_pictures(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write_tiny(n_images=32, n_channels=3)
    pipeline = steps(
        *("window", step, ("channels", {"n_channels": 3})), ("resize", {"size": 16}), "standardise"
    )
    run = train(preprocessing=pipeline, epochs=2)
    home = taken_home(run, tmp_path)
    assert not (home / "images").exists()
    assert "prepared.npy" in (home / "README.md").read_text()
    assert largest_difference(execute(home, monkeypatch), run) <= TOLERANCE
    assert_reads_well(home)


def test_first_weights_from_another_run_come_along(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=32)
    first = train(epochs=1)
    run = train(weights_from=f"run:{first.run_id}", epochs=2, dropout=0.2)
    home = taken_home(run, tmp_path)
    assert (home / "start.pt").exists()
    assert largest_difference(execute(home, monkeypatch), run) <= TOLERANCE


def test_a_run_that_has_not_begun_leaves_as_its_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=32)
    run = launch.make_run(parse_config({**CONFIG, "epochs": 2}))
    folder = taken_home(run, tmp_path)
    assert not (folder / "expected_curve.csv").exists()
    assert len(execute(folder, monkeypatch)) == 2
    assert_reads_well(folder)


def test_no_patient_leaves_with_it(home: Path, tmp_path: Path) -> None:
    write_tiny(n_images=32)
    run = launch.make_run(parse_config(CONFIG))
    folder = taken_home(run, tmp_path)
    pseudonyms = set(open_dataset("tiny").samples["patient_id"])
    assert len(pseudonyms) == 16
    for path in folder.glob("*.*"):
        assert not any(name.encode() in path.read_bytes() for name in pseudonyms), path.name
    script = (folder / "train.py").read_text().replace("\n# ", " ")
    assert "No patient stands on two sides" in script


def test_without_pictures_the_script_finds_them_in_the_export_of_the_data_set(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny(n_images=32)
    run = train(epochs=1)
    home = taken_home(run, tmp_path, most_bytes=0)
    assert not (home / "images").exists()
    export_dataset("tiny", tmp_path / "tiny.zip")
    with zipfile.ZipFile(tmp_path / "tiny.zip") as archive:
        archive.extractall(tmp_path / "data")
    curve = execute(home, monkeypatch, "--data", str(tmp_path / "data"))
    assert largest_difference(curve, run) <= TOLERANCE
