"""Several sides of a comparison at work in turns, so that a busy neighbour disturbs them all alike."""

import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

_N_BLOCKS = 5  # the spread is that of the medians of so many parts


def in_turns(
    sides: Mapping[str, Callable[[], object]], n_turns: int, *, clock: Callable[[], float] = time.process_time
) -> dict[str, NDArray[np.float64]]:
    """Return how long each turn of each side took, (n_turns,), after one turn each that is not counted.

    The default clock is the processor time: a busy neighbour stretches the clock on the wall, not the work.
    """
    seconds = {name: np.empty(n_turns + 1) for name in sides}
    for turn in range(n_turns + 1):
        for name, work in sides.items():
            began = clock()
            work()
            seconds[name][turn] = clock() - began
    return {name: values[1:] for name, values in seconds.items()}


def ratios_of_best(slow: NDArray[np.float64], fast: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the ratio of the quickest turns in each of several parts of the measurement.

    For turns that a neighbour slows down through the caches that both use, which processor time shows too.
    """
    parts = zip(np.array_split(slow, _N_BLOCKS), np.array_split(fast, _N_BLOCKS), strict=True)
    return tuple(float(a.min() / b.min()) for a, b in parts)


def ratios(slow: NDArray[np.float64], fast: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the ratio of the medians in each of several parts of the measurement."""
    parts = zip(np.array_split(slow, _N_BLOCKS), np.array_split(fast, _N_BLOCKS), strict=True)
    return tuple(float(np.median(a) / np.median(b)) for a, b in parts)
