"""The one pass over the pictures of a data set: each is opened once, reduced to numbers and let go."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.profiling.pixels import (
    BRIGHTNESS,
    FRAME,
    MEAN_SIDE,
    N_LEVELS,
    THUMBNAIL,
    Measures,
    measure,
)
from core.datasets.store import Dataset

_MOST_THREADS: Final = 8
_AHEAD: Final = 4  # pictures a thread may be ahead of who takes them


@dataclass(frozen=True, eq=False)
class Readings:
    """The pictures of a data set in numbers: about 1.2 kB for each, whatever its size.

    Attributes
    ----------
    thumbnails
        ndarray of shape (n, 32, 32), uint8.
    brightness, frame
        ndarrays of shape (n, 9) and (n, 15), float32.
    levels
        ndarray of shape (k, 64), float64: the mean share of each grey level in each of the k classes.
    means
        ndarray of shape (k, 64, 64, 3), uint8: the mean image of each class; black where it has no image.
    """

    thumbnails: NDArray[np.uint8]
    brightness: NDArray[np.float32]
    frame: NDArray[np.float32]
    levels: NDArray[np.float64]
    means: NDArray[np.uint8]


def read_pictures(
    dataset: Dataset, codes: NDArray[np.integer], n_classes: int, *, progress: Callable[[int], None]
) -> Readings:
    """Open each picture once.

    Parameters
    ----------
    dataset
        The data set.
    codes
        ndarray of shape (n,): the class of each sample, in the order of the table.
    n_classes
        The number of classes.
    progress
        Called with the number of pictures done; what it raises ends the reading.
    """
    n = len(codes)
    thumbnails = np.zeros((n, THUMBNAIL, THUMBNAIL), dtype=np.uint8)
    brightness = np.zeros((n, len(BRIGHTNESS)), dtype=np.float32)
    frame = np.zeros((n, len(FRAME)), dtype=np.float32)
    levels = np.zeros((n_classes, N_LEVELS))
    sums = np.zeros((n_classes, MEAN_SIDE, MEAN_SIDE, 3))
    for row, found in enumerate(_measured(dataset, n)):
        thumbnails[row], brightness[row], frame[row] = found.thumbnail, found.brightness, found.frame
        levels[codes[row]] += found.levels
        sums[codes[row]] += found.small
        progress(row + 1)
    totals = np.maximum(np.bincount(codes, minlength=n_classes), 1)
    means = np.round(sums / totals[:, None, None, None]).astype(np.uint8)
    return Readings(thumbnails, brightness, frame, levels / totals[:, None], means)


def _measured(dataset: Dataset, n: int) -> Iterator[Measures]:
    """Give the measures of the samples in order, read by several threads a few pictures ahead."""

    def work(row: int) -> Measures:
        return measure(dataset.image(row))

    n_threads = min(_MOST_THREADS, os.cpu_count() or 1)
    rows = iter(range(n))
    with ThreadPoolExecutor(n_threads) as pool:
        waiting: list[Future[Measures]] = [pool.submit(work, row) for row in islice(rows, n_threads * _AHEAD)]
        try:
            while waiting:
                found = waiting.pop(0).result()
                waiting += [pool.submit(work, row) for row in islice(rows, 1)]
                yield found
        finally:
            for future in waiting:
                future.cancel()
