"""How well the making of a training's pictures uses the machine: all cores against what one of them does."""

import os
import time

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
        light = _whole(dataset, default) / (n_cores() * _alone(dataset, default))
    speed = sorted(whole for _, whole in pairs)[_N_TIMES // 2]
    note = (
        f"{N_IMAGES} images of {SIDE} px with CLAHE, {speed:.0f} a second on {n_cores()} cores, its file"
        f" written; without CLAHE {light:.2f} x"
    )
    return Sample(tuple(whole / (n_cores() * alone) for alone, whole in pairs), note)


def _alone(dataset: Dataset, preprocessing: Preprocessing) -> float:
    """Return images/s of this process alone."""
    began = time.perf_counter()
    for row in range(_N_ALONE):
        image_part(dataset.image(row), preprocessing)
    return _N_ALONE / (time.perf_counter() - began)


def _whole(dataset: Dataset, preprocessing: Preprocessing) -> float:
    """Return images/s of the cache of all images, from nothing."""
    cache_path(dataset, preprocessing).unlink(missing_ok=True)
    os.sync()
    began = time.perf_counter()
    n_images = len(cached_pictures(dataset, preprocessing, lambda fraction: None))
    return n_images / (time.perf_counter() - began)
