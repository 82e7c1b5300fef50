"""How long it takes to say what 10,000 images say: the whole profile, from the button to its file."""

from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.home import temporary_home
from benchmarks.records import Sample
from core.datasets.profiling.stored import read_profile
from core.datasets.profiling.worker import start_profile
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.images import MedicalImage
from core.jobs.control import view, wait

_N_IMAGES = 10_000
_SIDE = 128
_FILMS_PER_PATIENT = 2


def seconds() -> Sample:
    """Seconds from the start of the job to its end, its process and its imports included."""
    with temporary_home():
        folder = _make()
        info = open_dataset(folder.name).info
        job = start_profile(info)
        if wait(job, seconds=600) != "completed":
            raise RuntimeError((job / "log.txt").read_text())
        status, profile = view(job).status, read_profile(folder, info.revision)
        assert profile is not None
        note = f"{_SIDE} px, {_N_IMAGES // _FILMS_PER_PATIENT} patients"
        return Sample((_seconds_between(status.launched_at, str(status.finished_at)),), note)


def _make() -> Path:
    """Write a data set of noise, brighter in the middle where the label says so; no two films alike."""
    draw = np.random.default_rng(7)
    coarse = draw.integers(0, 160, (_N_IMAGES, 16, 16), dtype=np.uint8)
    labels = draw.integers(0, 2, _N_IMAGES // _FILMS_PER_PATIENT)

    def sample(number: int) -> NewSample:
        patient = number // _FILMS_PER_PATIENT
        pixels = coarse[number].repeat(_SIDE // 16, axis=0).repeat(_SIDE // 16, axis=1)
        pixels = pixels + draw.integers(0, 20, pixels.shape, dtype=np.uint8)
        pixels[_SIDE // 4 : -_SIDE // 4, _SIDE // 4 : -_SIDE // 4] += 20 * np.uint8(labels[patient])
        image = MedicalImage(pixels, value_range=(0, 255))
        return NewSample(image=image, label="ab"[labels[patient]], patient_id=f"p{patient}")

    draft = DatasetDraft("many", title="many", source="csv", class_names=("a", "b"))
    write_dataset(draft, (sample(number) for number in range(_N_IMAGES)))
    return open_dataset("many").folder


def _seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
