"""The lie of the land: where a slice is lowest, how curved it is there, what to show, where to start."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.models.landscape.descent import Path, Window
from core.models.landscape.slices import GridSlice, LastLayerSlice, Slice, grid_points

Numbers = NDArray[np.float64]
_ROUNDS: Final = 60
_FARTHEST: Final = (
    12.0  # logits that moving may add: beyond, a loss without a lowest point is as good as flat
)
_FLAT_DROP, _STEEP_DROP = 0.06, 0.6  # nats that the start lies above the bottom, along and across the valley
_FLATTEST: Final = 1e-3  # of the largest curvature: a flatter direction counts as if it were this
_MARGIN: Final = 0.3
_ARRIVED: Final = 0.01  # of the way down that may be left
_LATE: Final = 0.25  # of the steps: the end of a path


@dataclass(frozen=True, eq=False)
class Terrain:
    """A slice with the part of it that is shown.

    Attributes
    ----------
    surface
        The slice.
    start, lowest
        ndarrays of shape (2,): where the optimizers begin, and the lowest point found.
    window
        What the picture shows.
    curvatures
        ndarray of shape (2,): the smaller and the larger curvature at the lowest point.
    """

    surface: Slice
    start: Numbers
    lowest: Numbers
    window: Window
    curvatures: Numbers

    @property
    def stable_rate(self) -> float:
        """The largest rate with which plain gradient descent settles at the bottom: 2 / largest curvature.

        On a quadratic it is exact; a slice is one near its lowest point.
        """
        largest = float(self.curvatures[1])
        return 2 / largest if largest > 0 else np.inf

    def grid(self, n: int) -> tuple[Numbers, Numbers, Numbers]:
        """Return xs (n,), ys (n,) and the losses (n, n) over the window, rows from the bottom up."""
        xs = np.linspace(self.window.left, self.window.right, n)
        ys = np.linspace(self.window.bottom, self.window.top, n)
        return xs, ys, self.surface.loss(grid_points(xs, ys)).reshape(n, n)


def weight_terrain(surface: LastLayerSlice) -> Terrain:
    """Return the land around the lowest point over two weights; the start is high above it, on a slope."""
    reach = _FARTHEST / max(float(np.sqrt((surface.layer.features**2).mean())), 1e-6)
    lowest = _newton(surface, surface.learned, reach)
    curvatures, directions = np.linalg.eigh(surface.hessian(lowest))
    floored = np.maximum(curvatures, _FLATTEST * max(curvatures[1], 1e-9))
    sizes = np.minimum(np.sqrt(2 * np.array([_FLAT_DROP, _STEEP_DROP]) / floored), reach)
    ways = [directions @ (sizes * np.array(signs)) for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    start = max((lowest + way for way in ways), key=lambda point: float(surface.loss(point[None])[0]))
    window = _around(np.stack([start, lowest, surface.learned, 2 * lowest - start]))
    return Terrain(surface, start, lowest, window, np.maximum(curvatures, 0))


def grid_terrain(surface: GridSlice) -> Terrain:
    """Return the land over the whole of a measured grid; the start is its highest quarter point."""
    window = Window(*(float(edge) for edge in (surface.xs[0], surface.xs[-1], surface.ys[0], surface.ys[-1])))
    row, column = np.unravel_index(int(surface.losses.argmin()), surface.losses.shape)
    lowest = _polished(surface, np.array([surface.xs[column], surface.ys[row]]), window)
    corners = [
        np.array([x, y])
        for x in np.quantile(surface.xs, (0.125, 0.875))
        for y in np.quantile(surface.ys, (0.125, 0.875))
    ]
    start = max(corners, key=lambda point: float(surface.loss(point[None])[0]))
    return Terrain(surface, start, lowest, window, np.maximum(np.linalg.eigvalsh(surface.hessian(lowest)), 0))


def ending(path: Path, terrain: Terrain) -> str:
    """Return how a path ended: "left", "arrived", "bouncing" or "under way"."""
    if path.left_at is not None:
        return "left"
    bottom = float(terrain.surface.loss(terrain.lowest[None])[0])
    drop = path.losses[0] - bottom
    if path.losses[-1] - bottom <= _ARRIVED * drop:
        return "arrived"
    late = path.losses[-max(3, int(_LATE * len(path.losses))) :]
    return "bouncing" if (np.diff(late) > 0).any() else "under way"


def arrived_at(path: Path, terrain: Terrain) -> int | None:
    """Return the first step after which a path is at the bottom and stays there; None if there is none."""
    bottom = float(terrain.surface.loss(terrain.lowest[None])[0])
    near = path.losses - bottom <= _ARRIVED * (path.losses[0] - bottom)
    if path.left_at is not None or not near[-1]:
        return None
    return int(len(near) - np.argmin(near[::-1])) if not near.all() else 0


def _newton(surface: Slice, start: Numbers, reach: float) -> Numbers:
    """Return the lowest point not farther than `reach` from `start`, by damped Newton steps."""
    point = start.astype(np.float64)
    loss = float(surface.loss(point[None])[0])
    for _round in range(_ROUNDS):
        hessian = surface.hessian(point)
        hessian = hessian + 1e-9 * max(np.trace(hessian), 1e-9) * np.eye(2)
        step = -np.linalg.solve(hessian, surface.gradient(point))
        moved = point
        for halving in range(20):
            moved = np.clip(point + step / 2**halving, start - reach, start + reach)
            if float(surface.loss(moved[None])[0]) <= loss:
                break
        new = float(surface.loss(moved[None])[0])
        if new >= loss - 1e-14:
            break
        point, loss = moved, new
    return point


def _polished(surface: GridSlice, point: Numbers, window: Window) -> Numbers:
    """Return the lowest point of the spline in the cells around `point`."""
    for size in (1.0, 0.1, 0.01):
        xs = point[0] + np.linspace(-1, 1, 21) * size * (surface.xs[1] - surface.xs[0])
        ys = point[1] + np.linspace(-1, 1, 21) * size * (surface.ys[1] - surface.ys[0])
        near = grid_points(np.clip(xs, window.left, window.right), np.clip(ys, window.bottom, window.top))
        point = near[int(surface.loss(near).argmin())]
    return point


def _around(points: Numbers) -> Window:
    """Return the square that holds all points with a margin, shape (n, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, float((high - low).max()) * (0.5 + _MARGIN)
    left, bottom = middle - half
    right, top = middle + half
    return Window(float(left), float(right), float(bottom), float(top))
