"""Of the images that were given a probability of about 0.7, how many are so? The reliability diagram.

Covers: chance in which patients were sampled, bin by bin; where a patient has several images the interval of
a bin is widened by how much they resemble each other. Does not cover: all bins at once.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.statistics.bands import effective_wilson
from core.statistics.calibration_error import N_BINS
from core.statistics.calibration_error import bins_of as bins_of_width
from core.statistics.metrics import Scores, ratio

Binning = Literal["equal width", "equal count"]


@dataclass(frozen=True, eq=False)
class Reliability:
    """The bins of a reliability diagram that hold an image, by rising probability.

    Attributes
    ----------
    binning
        "equal width": ten bins of 0.1 each. "equal count": about as many images in each.
    mean_score, share
        ndarrays of shape (b,), float64 in [0, 1]: the mean probability, and how many of the images are so.
    low, high
        ndarrays of shape (b,): the interval of `share`.
    n
        ndarray of shape (b,), int64: images.
    """

    binning: Binning
    mean_score: NDArray[np.float64]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]


def reliability(
    is_positive: NDArray[np.bool_],
    score: Scores,
    patient_of: NDArray[np.integer],
    *,
    binning: Binning = "equal width",
    level: float = 0.95,
) -> Reliability:
    """Put images into bins by their probability and count in each how many are positive.

    The intervals are Wilson's. Where a patient has several images in a bin, they count for as many
    independent ones as the spread of the patients' sums allows (the design effect of Rao and Scott 1992,
    doi:10.2307/2532311; with Wilson's interval Dean and Pagano 2015, doi:10.1093/jssam/smv024).

    Parameters
    ----------
    is_positive, score, patient_of
        ndarrays of shape (n,); scores are probabilities, patients numbered from 0.
    binning
        As in `Reliability`. Images of equal score stay in one bin.
    level
        Of the intervals.
    """
    bin_of = bins_of(score, binning)
    kept, place = np.unique(bin_of, return_inverse=True)
    n = np.bincount(place, minlength=len(kept))
    hits = np.bincount(place, weights=is_positive, minlength=len(kept))
    mean = ratio(np.bincount(place, weights=score, minlength=len(kept)), n)
    share = ratio(hits, n)
    worth = _worth(is_positive, place, patient_of, share)
    low, high = effective_wilson(share, worth, level)
    return Reliability(binning, mean, share, low, high, n.astype(np.int64))


def bins_of(score: Scores, binning: Binning) -> NDArray[np.intp]:
    """Return the bin of each image, from 0: [0, 0.1), [0.1, 0.2), ..., [0.9, 1], or tenths by rank.

    Ranks of equal scores are alike (the middle one), so that they stay together.
    """
    if binning == "equal width":
        return bins_of_width(score)
    _, place, n = np.unique(score, return_inverse=True, return_counts=True)
    middle = np.cumsum(n) - (n + 1) / 2  # the rank, from 0, of those of one score
    return np.minimum((middle * N_BINS / max(len(score), 1)).astype(np.intp), N_BINS - 1)[place]


def _worth(
    is_positive: NDArray[np.bool_],
    bin_of: NDArray[np.intp],
    patient_of: NDArray[np.integer],
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how many independent images each bin is worth, at most as many as it holds.

    The variance of a share from the patients' sums of (hit - share); all hits or none: as many as patients.
    """
    n = np.bincount(bin_of, minlength=len(share)).astype(np.float64)
    width = len(share)
    cell = patient_of.astype(np.int64) * width + bin_of  # one patient in one bin
    cells, place = np.unique(cell, return_inverse=True)
    sums = np.bincount(place, weights=is_positive - share[bin_of], minlength=len(cells))
    of_cell = cells % width
    n_patients = np.bincount(of_cell, minlength=width).astype(np.float64)
    spread = np.bincount(of_cell, weights=sums**2, minlength=width)
    variance = ratio(spread * n_patients, (n_patients - 1) * n**2)
    worth = ratio(share * (1 - share), variance)
    alike = ~np.isfinite(worth)
    return np.clip(np.where(alike, n_patients, worth), 1, n)
