"""Train small runs that each show one fault, and healthy ones, and record their curves beside this file.

    python -m tests.curves.make_curves HOME [NAME ...]

HOME is a folder that keeps the runs, so that they can be looked at in the app; made runs are not made again.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from core.datasets.store import Dataset, DatasetDraft, NewSample, list_datasets, open_dataset, write_dataset
from core.jobs import control
from core.runs.store import Run, list_runs
from core.training import launch
from core.training.config import parse_config

HERE: Final = Path(__file__).parent
_DIGITS: Final = 5
_MOST_SECONDS: Final = 1800
_KEPT: Final = (
    *("kind", "what", "message", "epoch", "step", "loss", "learning_rate"),
    *("train_loss", "val_loss", "val_accuracy", "val_auroc", "val_predicted", "val_confusion"),
)  # what the coach looks at
_PLAIN: Final[dict[str, Any]] = {"augmentations": [], "schedule": "constant"}
_MIXING: Final = [{"name": "mixup", "parameters": {"alpha": 1.0}}]


@dataclass(frozen=True)
class Curve:
    """A run to record: its data set and what differs from the default settings."""

    dataset: str
    changes: dict[str, Any] = field(default_factory=dict)


def _few(name: str, n_train: int, n_val: int) -> None:
    """Write a data set of some of the phantoms' films."""
    _write(name, _rows(n_train, n_val))


def _rows(n_train: int, n_val: int) -> pd.DataFrame:
    samples = open_dataset("phantoms").samples.sample(n_train + n_val, random_state=7)
    return samples.assign(split=["train"] * n_train + ["val"] * n_val)


def _random_labels(name: str) -> None:
    rows = _rows(300, 120)
    labels = np.random.default_rng(11).permutation(rows["label"].to_numpy())
    _write(name, rows.assign(label=labels))


def _rare_class(name: str) -> None:
    """Thirty films without a finding on one with."""
    samples = open_dataset("phantoms").samples.sample(frac=1, random_state=7)
    healthy = samples[samples["label"] == "no finding"].head(270)
    rare = samples[samples["label"] == "finding"].head(9)
    rows = pd.concat([healthy.head(180), rare.head(6), healthy.tail(90), rare.tail(3)])
    _write(name, rows.assign(split=["train"] * 186 + ["val"] * 93))


def _copies(name: str) -> None:
    """Write validation films that the training has too, each three times."""
    rows = _rows(120, 1)
    train = rows[rows["split"] == "train"]
    _write(name, pd.concat([train, train, train, train.head(60).assign(split="val")]))


def _write(name: str, rows: pd.DataFrame, *, of: str = "phantoms") -> None:
    draft = DatasetDraft(dataset_id=name, title=name, source="folders")
    write_dataset(draft, _samples(open_dataset(of), rows))


def _samples(source: Dataset, rows: pd.DataFrame) -> Iterator[NewSample]:
    for row in rows.itertuples():
        yield NewSample(source.image(int(row.sample_id)), str(row.label), split=row.split)


def _names() -> set[str]:
    return {info.dataset_id for info in list_datasets()}


def _tiny(name: str, n_images: int = 240) -> None:
    from tests.tiny_dataset import write_tiny

    write_tiny(name, n_images=n_images, n_classes=3)


def _noisy_training(name: str) -> None:
    """Write three easy classes, of which every third training image has a label drawn by lot."""
    if "many" not in _names():
        _tiny("many", n_images=1200)
    tiny = open_dataset("many")
    draw = np.random.default_rng(5)
    rows = tiny.samples.sample(frac=1, random_state=7)
    n_val = len(rows) // 4
    rows = rows.assign(split=["val"] * n_val + ["train"] * (len(rows) - n_val))
    lot = (draw.random(len(rows)) < 1 / 3) & (rows["split"] == "train")
    labels = np.where(lot, draw.permutation(rows["label"].to_numpy()), rows["label"].to_numpy())
    _write(name, rows.assign(label=labels), of="many")


DATASETS: Final[dict[str, Callable[[str], None]]] = {
    "three-classes": _tiny,
    "twelve-films": lambda name: _few(name, 12, 120),
    "few-val": lambda name: _few(name, 200, 8),
    "random-labels": _random_labels,
    "rare-class": _rare_class,
    "copies": _copies,
    "noisy-training": _noisy_training,
}

CURVES: Final[dict[str, Curve]] = {
    **{f"healthy-{seed}": Curve("phantoms", {"seed": seed}) for seed in range(3)},
    **{
        f"healthy-three-{seed}": Curve(
            "three-classes", {"image_size": 32, "epochs": 12, "seed": seed, "augmentations": []}
        )
        for seed in range(3)
    },
    "healthy-momentum": Curve("phantoms", {"optimizer": "momentum", "learning_rate": 0.02, "epochs": 15}),
    "healthy-one-cycle": Curve("phantoms", {"schedule": "one-cycle", "learning_rate": 0.01, "epochs": 15}),
    "healthy-mixup": Curve("phantoms", {"augmentations": _MIXING, "epochs": 15}),
    "healthy-weights": Curve("phantoms", {"balance": "class weights", "loss": "focal", "epochs": 15}),
    "healthy-stages": Curve(
        "phantoms",
        {
            "weights_from": "run:healthy-0",
            "head_epochs": 4,
            "epochs": 14,
            "fine_tuning_factor": 0.3,
            "seed": 5,
        },
    ),
    "healthy-long": Curve("three-classes", {**_PLAIN, "image_size": 32, "epochs": 60}),
    "rate-high": Curve("phantoms", {**_PLAIN, "learning_rate": 1.0, "epochs": 10}),
    "rate-high-momentum": Curve(
        "phantoms", {**_PLAIN, "optimizer": "momentum", "learning_rate": 1.0, "epochs": 10}
    ),
    "rate-high-mlp": Curve("phantoms", {**_PLAIN, "model": "mlp", "learning_rate": 0.3, "epochs": 10}),
    "diverged": Curve(
        "phantoms",
        {**_PLAIN, "model": "xray_cnn", "optimizer": "momentum", "momentum": 0.99, "learning_rate": 1.0},
    ),
    "nan": Curve("phantoms", {**_PLAIN, "model": "mlp", "optimizer": "sgd", "learning_rate": 1.0}),
    "rate-low": Curve("phantoms", {**_PLAIN, "optimizer": "sgd", "learning_rate": 1e-3, "epochs": 12}),
    "rate-low-adamw": Curve("phantoms", {**_PLAIN, "learning_rate": 1e-5, "epochs": 12}),
    "twelve-films": Curve("twelve-films", {**_PLAIN, "epochs": 60}),
    "random-labels": Curve("random-labels", {**_PLAIN, "epochs": 40}),
    "under-fitting": Curve("random-labels", {"epochs": 20, "dropout": 0.8, "weight_decay": 0.5}),
    "batch-of-two": Curve("phantoms", {**_PLAIN, "batch_size": 2, "epochs": 16}),
    "rare-class": Curve("rare-class", {"epochs": 12}),
    "dropout": Curve("three-classes", {**_PLAIN, "image_size": 32, "epochs": 15, "dropout": 0.8}),
    "copies": Curve("copies", {"epochs": 20, "augmentations": []}),
    "few-val": Curve("few-val", {"epochs": 15}),
    "easier-val": Curve(
        "noisy-training", {**_PLAIN, "image_size": 32, "epochs": 18, "model": "mlp", "learning_rate": 2e-5}
    ),
    "plateau": Curve(
        "phantoms",
        {
            **_PLAIN,
            "weights_from": "run:healthy-0",
            "head_epochs": 50,
            "unfreeze": "nothing",
            "epochs": 50,
            "seed": 5,
        },
    ),
}


def main(home: Path, names: list[str]) -> None:
    """Make the runs that are missing in `home`, and write the curves of all that were asked for."""
    os.environ["LIGHTBOX_HOME"] = str(home)
    for name in names or CURVES:
        made = {run.run_id: run for run in list_runs()}
        run = made.get(name) or train(name, CURVES[name])
        (HERE / f"{name}.jsonl").write_text(_recorded(run))
        print(name, run.state, str(run.status.error or ""), flush=True)


def train(name: str, curve: Curve) -> Run:
    """Train a run of this name in LIGHTBOX_HOME, and wait for its end."""
    if curve.dataset in DATASETS and curve.dataset not in _names():
        DATASETS[curve.dataset](curve.dataset)
    config = parse_config(
        {"dataset": curve.dataset, "device": "cpu", "threads": 1, "keep_epochs": "none", **curve.changes}
    )
    run = launch.launch(config, run_id=name)
    control.wait(run.folder, seconds=_MOST_SECONDS)
    return run


def _recorded(run: Run) -> str:
    """Return a curve as lines: what is known of the run, then what the coach reads of its metrics."""
    counts = run.split()["split"].value_counts()
    about = {
        "config": run.config.model_dump(mode="json", exclude_defaults=True, exclude={"preprocessing"}),
        "n_train": int(counts["train"]),
        "n_val": int(counts["val"]),
        "class_names": open_dataset(run.config.dataset).info.class_names,
        "state": run.state,
        "error": run.status.error.model_dump(mode="json") if run.status.error else None,
    }
    lines = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    return "".join(json.dumps(line) + "\n" for line in [about, *map(_short, lines)])


def _short(line: dict[str, Any]) -> dict[str, Any]:
    return {name: _rounded(line[name]) for name in _KEPT if line.get(name) is not None}


def _rounded(value: Any) -> Any:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
