"""How long a large data set takes to open, and what it costs in memory: each time in a process of its own.

Run by the measurement itself as `python -m benchmarks.opening DATASET`: opens the data set, its table and its
last image, and prints seconds and resident memory as JSON.
"""

import gc
import json
import subprocess
import sys
import time

import numpy as np
import psutil

from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.datasets import pictures, table
from core.datasets.records import DatasetInfo
from core.datasets.store import open_dataset
from core.workspace import ROOT, datasets_dir, write_text

_SMALL, _LARGE = 1_000, 100_000
_N_TIMES = 5


def seconds() -> Sample:
    """Seconds to open 100,000 images, their table and the last image; the imports before are not in it."""
    with temporary_home():
        _make(_LARGE)
        return Sample(tuple(_open(_LARGE)["seconds"] for _ in range(_N_TIMES)))


def growth() -> Sample:
    """Megabytes that 100,000 images take more than 1,000."""
    with temporary_home():
        for n in (_SMALL, _LARGE):
            _make(n)
        megabytes = tuple(_open(_LARGE)["megabytes"] - _open(_SMALL)["megabytes"] for _ in range(_N_TIMES))
    note = f"{1e6 * float(np.median(megabytes)) / (_LARGE - _SMALL):.0f} bytes an image: the table; no pixels"
    return Sample(megabytes, note)


def _make(n: int) -> None:
    """Write a data set of n rows that share one picture."""
    folder = datasets_dir() / f"rows-{n}"
    (folder / "files").mkdir(parents=True)
    file = pictures.write_picture(np.zeros((8, 8), dtype=np.uint8), folder / "files")
    numbers = {"width": 8, "height": 8, "frame": 0, "inverted": False, "n_channels": 1}
    values = {"modality": "DX", "value_low": 0.0, "value_high": 255.0}
    rows = [
        {
            "sample_id": i,
            "file": file,
            "label": "ab"[i % 2],
            "patient_id": f"{i // 2:016x}",
            **numbers,
            **values,
        }
        for i in range(n)
    ]
    table.write_table(rows, (), folder / "samples.parquet")
    info = DatasetInfo(
        dataset_id=folder.name,
        title=folder.name,
        source="csv",
        n_images=n,
        class_names=("a", "b"),
        class_counts={"a": (n + 1) // 2, "b": n // 2},
        revision="0" * 16,
        created_at="2026-11-21T00:00:00+00:00",
    )
    write_text(folder / "dataset.json", info.model_dump_json())


def _open(n: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.opening", f"rows-{n}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _report(name: str) -> None:
    began = time.perf_counter()
    dataset = open_dataset(name)
    dataset.image(len(dataset.samples) - 1)
    elapsed = time.perf_counter() - began
    gc.collect()
    print(json.dumps({"seconds": elapsed, "megabytes": psutil.Process().memory_info().rss / 1e6}))


if __name__ == "__main__":
    _report(sys.argv[1])
