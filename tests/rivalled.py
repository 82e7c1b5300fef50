"""Runs of a moment with rivals: pictures whose secret is known, and a network that says what it is told."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.experiments.rivals.asking import rivals_request
from core.experiments.rivals.records import RivalsAnswer
from core.experiments.rivals.running import run_rivals
from core.images.records import MedicalImage
from core.runs.store import Run
from tests.compared import answer, make_compared
from tests.job_stand_in import Standing

NAMES = ("clear", "finding", "other")


def write_pictures(
    pictures: NDArray[np.uint8], codes: NDArray[np.integer], name: str = "made", *, films: int = 2
) -> None:
    """Write pictures (n, H, W) or (n, H, W, 3) as a data set, `films` of them a patient; a third is val."""
    k = int(codes.max()) + 1
    samples = [
        NewSample(
            image=MedicalImage(values, value_range=(0, 255)),
            label=NAMES[code],
            patient_id=f"p{number // films:04d}",
            split=("train", "train", "val")[(number // films) % 3],
        )
        for number, (values, code) in enumerate(zip(pictures, codes.tolist(), strict=True))
    ]
    write_dataset(DatasetDraft(name, title=name, source="folders", class_names=NAMES[: max(k, 2)]), samples)


def noise(n: int, *, size: int = 20, channels: int = 1, seed: int = 0) -> NDArray[np.uint8]:
    """Return n pictures of noise of the same brightness, more or less."""
    shape = (n, size, size) if channels == 1 else (n, size, size, channels)
    return np.random.default_rng(seed).integers(0, 120, shape).astype(np.uint8)


def network(run_id: str = "run", dataset: str = "made", *, gain: float = 1.0) -> Run:
    """Return a run on a data set whose network is right more often the larger `gain` is."""
    n_channels = open_dataset(dataset).info.n_channels
    steps = [
        {"name": "window"},
        {"name": "channels", "parameters": {"n_channels": n_channels}},
        {"name": "resize", "parameters": {"size": 16}},
    ]
    return make_compared(run_id, dataset=dataset, gain=gain, preprocessing={"steps": steps})


def answered(run: Run, folder: Path, split: str = "val", dataset: str | None = None) -> RivalsAnswer:
    """Return how a network compares with its rivals, found in this process."""
    return run_rivals(rivals_request(run, split, dataset), Standing(folder))  # type: ignore[arg-type]


def resplit(run: Run, sides: list[str], split: str = "val") -> None:
    """Say anew who stands where, and let the network answer."""
    table = run.split()
    table["split"] = sides
    pd.DataFrame(table).to_parquet(run.folder / "split.parquet")
    answer(run, split=split)
