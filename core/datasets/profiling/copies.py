"""Find pictures that show the same: pixel for pixel, or recompressed, resized, brighter or darker.

Identical pictures share a file. Near copies are found in three sieves, each finer than the one before: a
bound on the correlation from 64 numbers a picture, the perceptual hash (Zauner 2010, "Implementation and
benchmarking of perceptual image hash functions"), and the correlation of the 32 px thumbnails after the mean
picture of the set is taken off, for all chest films look alike. Grey levels are compared as they are and as
ranks, so that a copy with another gamma is still a copy.

Covers: other formats, sizes, compressions, noise, brightness and contrast. Does not cover: pictures that were
cropped by more than about one per cent, shifted, turned or mirrored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

ALIKE: Final = 0.95  # correlation of thumbnails from which on two pictures count as copies
# Measured: re-encoded, halved, noisy and gamma-changed chest films and brain slices 0.97 to 1.00 with their
# originals; 605 simulated films of 300 patients at most 0.93 between patients, 1,200 real chest films 0.89.
MOST_BITS: Final = 12  # of 64 that may differ between the hashes
_N_DIRECTIONS: Final = 64
_BLOCK: Final = 1024  # pictures compared with all others at a time
_ROUNDING: Final = 1e-4  # of single-precision distances

Pairs = tuple[NDArray[np.intp], NDArray[np.float32]]  # (m, 2) rows, (m,) likeness


def hashes(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the perceptual hash of each thumbnail.

    Parameters
    ----------
    thumbnails
        ndarray of shape (n, 32, 32), uint8.

    Returns
    -------
    ndarray of shape (n,), uint64: of the 8 x 8 lowest frequencies of the cosine transform, which lie above
    their median (the mean brightness, the first of them, does not enter the median).
    """
    waves = dctn(thumbnails.astype(np.float32), axes=(1, 2), norm="ortho")[:, :8, :8].reshape(-1, 64)
    bits = waves > np.median(waves[:, 1:], axis=1, keepdims=True)
    packed: NDArray[np.uint64] = np.packbits(bits, axis=1).view(">u8").ravel().astype(np.uint64)
    return packed


def near_pairs(thumbnails: NDArray[np.uint8]) -> Pairs:
    """Return the pairs of thumbnails that show the same.

    Parameters
    ----------
    thumbnails
        ndarray of shape (n, 32, 32), uint8, each picture once.

    Returns
    -------
    ndarray of shape (m, 2), the rows of a pair, the smaller first; ndarray of shape (m,), float32: how alike
    they are, from ALIKE to 1.
    """
    codes = hashes(thumbnails)
    best: dict[tuple[int, int], float] = {}
    for by_rank in (False, True):
        for first, second, likeness in _alike(_Residuals.of(thumbnails, by_rank=by_rank), codes):
            best[first, second] = max(likeness, best.get((first, second), 0.0))
    rows = np.array(sorted(best), dtype=np.intp).reshape(-1, 2)
    return rows, np.array([best[first, second] for first, second in rows.tolist()], dtype=np.float32)


def ranks(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the rank of each pixel in its picture, equal ones sharing the mean of theirs, from 1.

    Parameters
    ----------
    levels
        ndarray of shape (n, p), uint8. That there are only 256 levels makes counting enough: no sorting.
    """
    n = len(levels)
    places = levels + 256 * np.arange(n)[:, None]
    counts = np.bincount(places.ravel(), minlength=256 * n).reshape(n, 256)
    of_level = (np.cumsum(counts, axis=1) - (counts - 1) / 2).astype(np.float32)
    found: NDArray[np.float32] = of_level.ravel()[places]
    return found


@dataclass(frozen=True, eq=False)
class _Residuals:
    """What sets each picture apart from the mean one, as vectors of length 1 (0 for a flat picture).

    They are made when they are asked for: 100,000 of them at once would be 400 MB.
    """

    thumbnails: NDArray[np.uint8]
    by_rank: bool
    mean: NDArray[np.float32]

    @classmethod
    def of(cls, thumbnails: NDArray[np.uint8], *, by_rank: bool) -> "_Residuals":
        raw = cls(thumbnails, by_rank, np.zeros(thumbnails[0].size, dtype=np.float32))
        if len(thumbnails) < 3:  # two pictures are set apart from their mean by the same amount
            return raw
        total = np.sum([vectors.sum(axis=0) for _start, vectors in raw.blocks()], axis=0)
        return cls(thumbnails, by_rank, (total / len(thumbnails)).astype(np.float32))

    def vectors(self, rows: NDArray[np.intp] | slice) -> NDArray[np.float32]:
        """Return the vectors of some rows, ndarray of shape (m, 1024)."""
        flat = self.thumbnails[rows].reshape(-1, self.mean.size)
        values = ranks(flat) if self.by_rank else flat.astype(np.float32)
        unit = _unit(values - values.mean(axis=1, keepdims=True))
        return _unit(unit - self.mean)

    def blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Give all vectors, some at a time, each block with its first row."""
        for start in range(0, len(self.thumbnails), _BLOCK):
            yield start, self.vectors(slice(start, start + _BLOCK))


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 1e-6)
    return unit


def _alike(residuals: _Residuals, codes: NDArray[np.uint64]) -> list[tuple[int, int, float]]:
    """Return (row, row, correlation) of the pairs that pass all sieves."""
    directions = _main_directions(residuals)
    short = np.concatenate([vectors @ directions for _start, vectors in residuals.blocks()])  # (n, 64)
    squares = (short**2).sum(axis=1)
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(short), _BLOCK):
        stop = start + _BLOCK
        # A projection brings two points closer, never apart: what is too far here is too far.
        distance = squares[start:stop, None] + squares[start:] - 2 * short[start:stop] @ short[start:].T
        left, right = np.nonzero(distance <= 2 * (1 - ALIKE) + _ROUNDING)
        left, right = left[right > left] + start, right[right > left] + start
        near = np.bitwise_count(codes[left] ^ codes[right]) <= MOST_BITS
        found += _correlated(residuals, left[near], right[near])
    return found


def _correlated(
    residuals: _Residuals, left: NDArray[np.intp], right: NDArray[np.intp]
) -> list[tuple[int, int, float]]:
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(left), _BLOCK):
        ours, theirs = left[start : start + _BLOCK], right[start : start + _BLOCK]
        likeness = (residuals.vectors(ours) * residuals.vectors(theirs)).sum(axis=1)
        keep = likeness >= ALIKE
        found += zip(ours[keep].tolist(), theirs[keep].tolist(), likeness[keep].tolist(), strict=True)
    return found


def _main_directions(residuals: _Residuals) -> NDArray[np.float32]:
    """Return the 64 directions along which the pictures differ most, ndarray of shape (1024, 64).

    Of few pictures all 1024: to find the 64 would take longer than to compare everything.
    """
    size = residuals.mean.size
    if len(residuals.thumbnails) <= _BLOCK:
        return np.eye(size, dtype=np.float32)
    total = sum((vectors.T @ vectors for _start, vectors in residuals.blocks()), np.zeros((size, size)))
    _, directions = np.linalg.eigh(total)
    return np.ascontiguousarray(directions[:, -_N_DIRECTIONS:], dtype=np.float32)
