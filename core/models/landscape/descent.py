"""Going down: plain gradient descent, momentum and Adam on two numbers, as torch.optim writes them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.language import N_
from core.models.landscape.slices import Slice

Method = Literal["sgd", "momentum", "adam"]
METHODS: Final[dict[Method, str]] = {"sgd": N_("SGD"), "momentum": N_("Momentum"), "adam": N_("Adam")}
MOMENTUM: Final = 0.9
_BETAS: Final = (0.9, 0.999)  # of Adam, arXiv:1412.6980
_EPSILON: Final = 1e-8

Numbers = NDArray[np.float64]
_Rule = Callable[[Numbers], Numbers]  # gradient -> how far to move, for a learning rate of 1


@dataclass(frozen=True)
class Window:
    """The part of a slice that a picture shows."""

    left: float
    right: float
    bottom: float
    top: float

    def holds(self, point: Numbers) -> bool:
        """Tell whether a point is in the picture; one that is no number is not."""
        return bool(self.left <= point[0] <= self.right and self.bottom <= point[1] <= self.top)


@dataclass(frozen=True, eq=False)
class Path:
    """Where an optimizer went: points (n + 1, 2) from the start on, and the loss at each (n + 1,).

    `left_at` is the step that led out of the picture, where the path ends; None if it stayed.
    """

    method: Method
    rate: float
    points: Numbers
    losses: Numbers
    left_at: int | None = None

    @property
    def n_steps(self) -> int:
        """Number of steps made."""
        return len(self.points) - 1


def descend(
    surface: Slice,
    start: Numbers,
    method: Method,
    *,
    rate: float,
    n_steps: int,
    window: Window | None = None,
) -> Path:
    """Walk down from `start`.

    Parameters
    ----------
    surface
        The loss over two numbers.
    start
        ndarray of shape (2,).
    method
        "sgd", "momentum" (0.9) or "adam" (0.9 and 0.999).
    rate
        The learning rate, above 0.
    n_steps
        Steps to make.
    window
        The path ends with the first point outside.
    """
    rule = _RULES[method]()
    points, left_at = [start.astype(np.float64)], None
    for step in range(1, n_steps + 1):
        points.append(points[-1] - rate * rule(surface.gradient(points[-1])))
        if window is not None and not window.holds(points[-1]):
            left_at = step
            break
    walked = np.array(points)
    return Path(method, rate, walked, surface.loss(walked), left_at)


def _sgd() -> _Rule:
    return lambda gradient: gradient


def _momentum() -> _Rule:
    kept = np.zeros(2)

    def move(gradient: Numbers) -> Numbers:
        kept[:] = MOMENTUM * kept + gradient
        return kept.copy()

    return move


def _adam() -> _Rule:
    first, second, counting = np.zeros(2), np.zeros(2), _count()

    def move(gradient: Numbers) -> Numbers:
        step = next(counting)
        first[:] = _BETAS[0] * first + (1 - _BETAS[0]) * gradient
        second[:] = _BETAS[1] * second + (1 - _BETAS[1]) * gradient**2
        size = np.sqrt(second / (1 - _BETAS[1] ** step)) + _EPSILON
        moved: Numbers = first / (1 - _BETAS[0] ** step) / size
        return moved

    return move


def _count() -> Iterator[int]:
    step = 0
    while True:
        step += 1
        yield step


_RULES: Final[dict[Method, Callable[[], _Rule]]] = {"sgd": _sgd, "momentum": _momentum, "adam": _adam}
