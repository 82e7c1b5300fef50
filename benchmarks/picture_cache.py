"""How well the making of a training's pictures uses the machine: all cores against what one of them does."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from benchmarks.home import temporary_home
from benchmarks.many_films import N_IMAGES, SIDE, many_films
from benchmarks.records import Sample
from core.datasets.store import Dataset, open_dataset
from core.jobs.cores import n_cores
from core.training.picture_cache import cache_path, cached_pictures
from core.transforms.preprocessing import default_preprocessing, image_part
from core.transforms.records import Preprocessing, PreprocessingStep

_N_ALONE = 500
_N_TIMES = 3


def rate() -> Sample:
    """Images/s of the whole cache over cores x what one core makes without a cache, in turns."""
    default = default_preprocessing(64, 1)
    heavy = Preprocessing(steps=(default.steps[0], PreprocessingStep(name="clahe"), *default.steps[1:]))
    with temporary_home():
        dataset = open_dataset(many_films().name)
        pairs = [(_alone(dataset, heavy), _whole(dataset, heavy)) for _ in range(_N_TIMES)]
        light = _alone(dataset, default).wall / (n_cores() * _whole(dataset, default).wall)
    by_processor = np.median([alone.processor / whole.processor for alone, whole in pairs])
    speed = 1 / np.median([whole.wall for _, whole in pairs])
    note = (
        f"{N_IMAGES} images of {SIDE} px with CLAHE, {speed:.0f} a second on {n_cores()} cores, its file"
        f" written; by processor time, which others on the machine do not change, {by_processor:.2f} x;"
        f" without CLAHE {light:.2f} x"
    )
    return Sample(tuple(alone.wall / (n_cores() * whole.wall) for alone, whole in pairs), note)


@dataclass(frozen=True)
class _Seconds:
    """What one image takes, on the clock and of all processors together."""

    wall: float
    processor: float


def _alone(dataset: Dataset, preprocessing: Preprocessing) -> _Seconds:
    """Make some images in this process alone."""
    with _watch(_N_ALONE) as seconds:
        for row in range(_N_ALONE):
            image_part(dataset.image(row), preprocessing)
    return seconds()


def _whole(dataset: Dataset, preprocessing: Preprocessing) -> _Seconds:
    """Make the cache of all images, from nothing."""
    cache_path(dataset, preprocessing).unlink(missing_ok=True)
    os.sync()
    with _watch(N_IMAGES) as seconds:
        cached_pictures(dataset, preprocessing, lambda fraction: None)
    return seconds()


@contextmanager
def _watch(n_images: int) -> Iterator[Callable[[], _Seconds]]:
    """Give what the block took an image; ended child processes count."""
    began, worked = time.perf_counter(), sum(os.times()[:4])
    yield lambda: _Seconds(
        (time.perf_counter() - began) / n_images, (sum(os.times()[:4]) - worked) / n_images
    )
