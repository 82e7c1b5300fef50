"""A small set of our own in MedMNIST's place: its file, its server, and a list that knows its checksum."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets.medmnist_files import MIRROR
from core.datasets.medmnist_info import read_sets
from tests.file_server import FileServer

_LABELS = {
    "pneumoniamnist": {"0": "normal", "1": "pneumonia"},
    "retinamnist": {str(grade): str(grade) for grade in range(5)},
    "chestmnist": {"0": "atelectasis", "1": "effusion", "2": "hernia"},
}
_TASKS = {"retinamnist": "ordinal-regression", "chestmnist": "multi-label, binary-class"}
_N = {"train": 20, "val": 10, "test": 10}


def npz_bytes(name: str, size: int = 28) -> bytes:
    """Return a file in MedMNIST's layout: noise, with every label in every split."""
    draw = np.random.default_rng(size)
    arrays: dict[str, Any] = {}
    n_labels = len(_LABELS[name])
    for split, n in _N.items():
        arrays[f"{split}_images"] = draw.integers(0, 255, (n, size, size), dtype=np.uint8)
        labels = np.arange(n)[:, None] % n_labels
        if name == "chestmnist":  # image 0 has none, image 1 the first, image 2 the first two, ...
            labels = np.arange(n)[:, None] % (n_labels + 1) > np.arange(n_labels)
        arrays[f"{split}_labels"] = labels.astype(np.uint8)
    content = BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, server: FileServer) -> None:
    """Serve small sets and put a list with their checksums in the package's place, for workers too."""
    info = {}
    for name, labels in _LABELS.items():
        files = {}
        for size in (28, 64):
            suffix = "" if size == 28 else f"_{size}"
            content = npz_bytes(name, size)
            server.files[f"/{name}{suffix}.npz"] = content
            files[f"url{suffix}"] = f"https://zenodo.org/records/1/files/{name}{suffix}.npz?download=1"
            files[f"MD5{suffix}"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        info[name] = files | {
            "python_class": {"pneumoniamnist": "PneumoniaMNIST", "retinamnist": "RetinaMNIST"}.get(
                name, "ChestMNIST"
            ),
            "description": "",
            "license": "CC BY 4.0",
            "task": _TASKS.get(name, "binary-class"),
            "label": labels,
            "n_samples": _N,
            "n_channels": 1,
        }
    package = folder / "pretended" / "medmnist"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('nobody imports this package')\n")
    (package / "info.py").write_text(f"INFO = {info!r}\n")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setenv(MIRROR, server.base)
    read_sets.cache_clear()
