"""Slices through the loss of a network: two numbers may move, all other weights stand still.

A slice through two weights of the last layer is exact and quick: what that layer is given does not change, so
it is computed once, and the loss anywhere is one small matrix product. Any other slice is measured on a grid
first and read off a cubic spline through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline

Numbers = NDArray[np.float64]
_AT_ONCE: Final = 2_000_000  # logits held in memory at a time


class Slice(Protocol):
    """The loss over two numbers; a point is an ndarray of shape (2,)."""

    def loss(self, points: Numbers) -> Numbers:
        """Return the mean cross-entropy in nats: (n, 2) -> (n,)."""

    def gradient(self, point: Numbers) -> Numbers:
        """Return its slope along each of the two, ndarray of shape (2,)."""

    def hessian(self, point: Numbers) -> Numbers:
        """Return its curvatures, ndarray of shape (2, 2)."""


@dataclass(frozen=True, eq=False)
class LastLayer:
    """What the last layer of a network is given for a batch of images, and what it makes of it.

    Attributes
    ----------
    features
        ndarray of shape (B, D): what comes in.
    weights, bias
        ndarrays of shape (n_classes, D) and (n_classes,).
    labels
        ndarray of shape (B,), int64: the true classes.
    """

    features: Numbers
    weights: Numbers
    bias: Numbers
    labels: NDArray[np.int64]

    @property
    def logits(self) -> Numbers:
        """What the network answers, ndarray of shape (B, n_classes)."""
        found: Numbers = self.features @ self.weights.T + self.bias
        return found


@dataclass(frozen=True, order=True)
class WeightPlace:
    """One weight of the last layer: from feature number `feature` to the logit of class number `target`."""

    target: int
    feature: int


@dataclass(frozen=True, eq=False)
class LastLayerSlice:
    """The loss over two weights of the last layer; a point is the two weights themselves.

    Attributes
    ----------
    layer
        The layer and its batch.
    places
        The two weights.
    """

    layer: LastLayer
    places: tuple[WeightPlace, WeightPlace]

    @property
    def learned(self) -> Numbers:
        """The two weights as the network has them."""
        return np.array([self.layer.weights[place.target, place.feature] for place in self.places])

    def loss(self, points: Numbers) -> Numbers:
        """Return the mean cross-entropy in nats: (n, 2) -> (n,)."""
        n_each = max(1, _AT_ONCE // self.layer.logits.size)
        parts = [self._loss(points[first : first + n_each]) for first in range(0, len(points), n_each)]
        return np.concatenate(parts)

    def gradient(self, point: Numbers) -> Numbers:
        """Return the mean of (p - y) times what comes in: the chain rule through both."""
        probabilities, labels = self._probabilities(point), self.layer.labels
        errors = [probabilities[:, place.target] - (labels == place.target) for place in self.places]
        return np.array(
            [(error * column).mean() for error, column in zip(errors, self._columns, strict=True)]
        )

    def hessian(self, point: Numbers) -> Numbers:
        """Return the curvatures: the spread of the answers, weighted by what comes in."""
        probabilities = self._probabilities(point)
        found = np.empty((2, 2))
        for i, one in enumerate(self.places):
            for j, other in enumerate(self.places):
                same = float(one.target == other.target)
                spread = probabilities[:, one.target] * (same - probabilities[:, other.target])
                found[i, j] = (spread * self._columns[i] * self._columns[j]).mean()
        return found

    @property
    def _columns(self) -> list[Numbers]:
        return [self.layer.features[:, place.feature] for place in self.places]

    def _logits(self, points: Numbers) -> Numbers:
        logits = np.repeat(self.layer.logits[None], len(points), axis=0)  # (n, B, n_classes)
        moved = points - self.learned  # (n, 2)
        for number, (place, column) in enumerate(zip(self.places, self._columns, strict=True)):
            logits[:, :, place.target] += moved[:, number, None] * column
        return logits

    def _loss(self, points: Numbers) -> Numbers:
        logits = self._logits(points)
        largest = logits.max(axis=2, keepdims=True)  # taken out, so that exp cannot overflow
        total = np.log(np.exp(logits - largest).sum(axis=2)) + largest[..., 0]  # (n, B)
        right = logits[:, np.arange(len(self.layer.labels)), self.layer.labels]
        found: Numbers = (total - right).mean(axis=1)
        return found

    def _probabilities(self, point: Numbers) -> Numbers:
        logits = self._logits(point[None])[0]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Numbers = powers / powers.sum(axis=1, keepdims=True)
        return found


class GridSlice:
    """The loss between the points of a grid where it was measured, by a cubic spline.

    Parameters
    ----------
    xs, ys
        ndarrays of shape (w,) and (h,), rising; at least four each.
    losses
        ndarray of shape (h, w), float64.
    """

    def __init__(self, xs: Numbers, ys: Numbers, losses: Numbers) -> None:
        self.xs, self.ys, self.losses = xs, ys, losses
        self._spline = RectBivariateSpline(xs, ys, losses.T)

    def loss(self, points: Numbers) -> Numbers:
        """Return the loss: (n, 2) -> (n,); outside the grid that of its border."""
        return self._read(points)

    def gradient(self, point: Numbers) -> Numbers:
        """Return the slope of the spline, ndarray of shape (2,)."""
        return np.array([self._read(point[None], dx=1)[0], self._read(point[None], dy=1)[0]])

    def hessian(self, point: Numbers) -> Numbers:
        """Return the curvatures of the spline, ndarray of shape (2, 2)."""
        mixed = self._read(point[None], dx=1, dy=1)[0]
        return np.array(
            [[self._read(point[None], dx=2)[0], mixed], [mixed, self._read(point[None], dy=2)[0]]]
        )

    def _read(self, points: Numbers, *, dx: int = 0, dy: int = 0) -> Numbers:
        x = np.clip(points[:, 0], self.xs[0], self.xs[-1])
        y = np.clip(points[:, 1], self.ys[0], self.ys[-1])
        found: Numbers = self._spline(x, y, dx=dx, dy=dy, grid=False)
        return found


def telling_places(layer: LastLayer, target: int, *, most: int = 16) -> tuple[WeightPlace, WeightPlace]:
    """Return two weights of a class worth looking at: their features vary much, and not together.

    Of the `most` features that vary most for their size, it is the pair whose valley is the least narrow.
    """
    size = np.sqrt((layer.features**2).mean(axis=0))  # (D,)
    spread = np.divide(layer.features.std(axis=0), size, out=np.zeros_like(size), where=size > 0)
    best = [int(number) for number in np.argsort(-spread, kind="stable")[:most]]
    pairs = [(one, other) for place, one in enumerate(best) for other in best[place + 1 :]]
    one, other = min(pairs, key=lambda pair: _narrowness(layer.features[:, list(pair)]))
    first, second = sorted((one, other))
    return WeightPlace(target, first), WeightPlace(target, second)


def _narrowness(columns: Numbers) -> float:
    """Return how many times steeper the steep direction of two features is: (B, 2) -> number from 1 up."""
    low, high = np.linalg.eigvalsh(columns.T @ columns)
    return float(high / low) if low > 0 else np.inf


def grid_points(xs: Sequence[float] | Numbers, ys: Sequence[float] | Numbers) -> Numbers:
    """Return the points of a grid, row by row from the lowest y: (h * w, 2)."""
    across, up = np.meshgrid(xs, ys)
    return np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float64)
