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


def ratios_of_neighbours(slow: NDArray[np.float64], fast: NDArray[np.float64]) -> tuple[float, ...]:
    """Return in each of several parts the median ratio of a turn to the turns of the other side around it.

    A neighbour on the machine who comes and goes slows both alike, through the caches too, which processor
    time shows: so turns are held against those just before and just after, `slow` being the first of a pair.
    Six repetitions on a busy machine gave 0.938 to 0.952; by the quickest turns of each part 0.91 to 0.95.
    """
    around = (slow[:-1] + slow[1:]) / 2 / fast[:-1]
    return tuple(float(np.median(part)) for part in np.array_split(around, _N_BLOCKS))


def ratios(slow: NDArray[np.float64], fast: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the ratio of the medians in each of several parts of the measurement."""
    parts = zip(np.array_split(slow, _N_BLOCKS), np.array_split(fast, _N_BLOCKS), strict=True)
    return tuple(float(np.median(a) / np.median(b)) for a, b in parts)
