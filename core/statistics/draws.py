"""Patients drawn again and again, kept small: the draws of a bootstrap, made once for every metric."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.intervals import resamples

_MOST_KEPT_BYTES: Final = 128_000_000  # beyond it the draws are made anew each time: slower, and bounded
_BLOCK_BYTES: Final = 2_000_000  # of a block of floats: what the processor holds near
_LEAST, _MOST = 8, 64  # resamples in a block


class Draws:
    """How often each group (patient) was drawn, in each of `n_resamples` draws of as many as there are.

    A count fits a byte: among fewer than 256 groups it can't be larger, among more it never gets there.

    Parameters
    ----------
    n_groups, n_resamples
        How many patients there are, and how often as many are drawn, with replacement.
    seed
        The same seed, the same draws.
    width
        How many numbers a user of the blocks holds for each resample; they are narrower the larger it is.
    """

    def __init__(self, n_groups: int, n_resamples: int, *, seed: int, width: int = 0) -> None:
        self.n_groups = n_groups
        self.n_resamples = n_resamples
        self._seed = seed
        fitting = _BLOCK_BYTES // (8 * max(n_groups, width, 1))
        self._block = min(max(fitting, _LEAST), _MOST)
        is_kept = n_groups * n_resamples <= _MOST_KEPT_BYTES
        self._kept = list(self._draw()) if is_kept else None

    @property
    def n_bytes(self) -> int:
        """How much is kept; 0 where the draws are made anew each time."""
        return sum(block.nbytes for block in self._kept or [])

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield the draws: ndarrays of shape (n_groups, b), float64, whose b add up to `n_resamples`."""
        for counts in self._draw() if self._kept is None else self._kept:
            yield counts.astype(np.float64)

    def _draw(self) -> Iterator[NDArray[np.uint8]]:
        if self.n_groups == 0:
            return
        rng = np.random.default_rng(self._seed)
        for start in range(0, self.n_resamples, self._block):
            n = min(self._block, self.n_resamples - start)
            # (b, n_groups) -> (n_groups, b): a patient's counts lie side by side, as every sum wants them.
            counts = next(resamples(self.n_groups, n, rng, width=self.n_groups))
            yield np.ascontiguousarray(counts.astype(np.uint8).T)
