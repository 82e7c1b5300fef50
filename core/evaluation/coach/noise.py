"""How much of a curve is noise: between epochs, from the number of images, and where guessing lies."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.evaluation.coach.thresholds import TREND_SIGMAS

Curve = NDArray[np.float64]

_TO_SIGMA = 1.4826  # median of absolute values to standard deviation, for normal noise


def jitter(ys: ArrayLike) -> float:
    """Return the standard deviation of a curve's epoch-to-epoch noise, whatever its trend.

    From second differences, in which a straight trend cancels and independent noise counts sqrt(6) times;
    their median absolute value leaves single jumps out. Infinite with fewer than four epochs.

    Parameters
    ----------
    ys
        array of shape (n_epochs,).
    """
    second = np.diff(np.asarray(ys, dtype=np.float64), n=2)
    if len(second) < 2:
        return math.inf
    return float(_TO_SIGMA * np.median(np.abs(second)) / math.sqrt(6))


def sampling_error(loss: float, n_images: int) -> float:
    """Return the standard error of a mean loss over `n_images` images, had others been drawn.

    The losses of single images are not recorded. Most are small and few are large, nearly as in an
    exponential distribution, whose standard deviation is its mean: loss / sqrt(n).
    """
    return loss / math.sqrt(max(n_images, 1))


def auroc_error(class_counts: Sequence[int] | None, n_images: int) -> float:
    """Return the standard error of AUROC where nothing is learned (Hanley and McNeil 1982, at 0.5).

    With other than two classes that have images, `n_images` count as two halves.
    """
    counts = [count for count in class_counts or () if count]
    if len(counts) != 2:
        n = max(n_images, 2)
        counts = [n // 2, n - n // 2]
    return math.sqrt((sum(counts) + 1) / (12 * counts[0] * counts[1]))


def smoothed(ys: ArrayLike) -> Curve:
    """Return the running median of three epochs; the first and the last stay as they are."""
    values = np.asarray(ys, dtype=np.float64)
    if len(values) < 3:
        return values
    inner = np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=-1)
    return np.concatenate([values[:1], inner, values[-1:]])


def now(ys: ArrayLike, n: int) -> float:
    """Return the median of the last `n` values."""
    return float(np.median(np.asarray(ys, dtype=np.float64)[-n:]))


def slope(ys: Curve) -> tuple[float, float]:
    """Return the slope of a straight line through a curve and its standard error, both in units an epoch."""
    n = len(ys)
    xs = np.arange(n) - (n - 1) / 2
    squares = float(xs @ xs)
    steepness = float(xs @ ys) / squares
    rest = ys - ys.mean() - steepness * xs
    return steepness, math.sqrt(float(rest @ rest) / (n - 2) / squares)


def is_falling(ys: Curve) -> bool:
    """Tell whether a curve falls by more than its noise explains: its slope is four standard errors."""
    steepness, error = slope(ys)
    return steepness < -TREND_SIGMAS * error


def guessing_loss(class_counts: Sequence[int] | None, n_classes: int) -> float:
    """Return the cross-entropy, in nats, of answering every image with the shares of the classes.

    Without counts the classes count as equally frequent: ln(n_classes).
    """
    if not class_counts or not sum(class_counts):
        return math.log(max(n_classes, 2))
    shares = np.array([count for count in class_counts if count]) / sum(class_counts)
    return float(-(shares @ np.log(shares)))
