"""Which settings are tried: the points of a grid, or draws by lot that the seed fixes ahead. No optuna.

Left out before anything is trained: settings that cannot be trained at all, and settings that differ only in
a field without effect (the momentum of Adam), for these would train the same network twice.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.experiments.sweeps.space import Dimension, Point, Value, fields_of, last_int
from core.language import Message
from core.training.config import DatasetFacts, TrainingConfig, problems, unchecked_config

MOST_POINTS: Final = 500
_FEW_POINTS: Final = 5000  # may be written down one by one
_MOST_DRAWS: Final = 20 * MOST_POINTS  # then so few of them can be trained that drawing on is no use


@dataclass(frozen=True)
class Points:
    """Settings to try, in order.

    Attributes
    ----------
    points
        Each a value for every field.
    n_impossible, reason
        How many cannot be trained and were left out, and why the first of them cannot.
    n_alike
        How many were left out because they would train the same network as another.
    """

    points: tuple[Point, ...]
    n_impossible: int = 0
    reason: Message | None = None
    n_alike: int = 0


def config_of(base: TrainingConfig, point: Point) -> TrainingConfig:
    """Return the config of a trial; its values are in range, and may not go together."""
    return unchecked_config(base.model_dump(mode="json") | fields_of(point))


def sift(
    candidates: Iterable[Point], base: TrainingConfig, facts: DatasetFacts | None, *, most: int | None = None
) -> Points:
    """Return the candidates that can be trained and differ in what they train, at most `most` of them."""
    kept: list[Point] = []
    seen: set[str] = set()
    n_impossible, n_alike, reason = 0, 0, None
    met: set[tuple[Value, ...]] = set()
    for point in candidates:
        if (values := tuple(point.values())) in met:
            continue
        met.add(values)
        config = config_of(base, point)
        found = problems(config, facts)
        if found:
            reason = reason or found[0].reason
            n_impossible += 1
        elif (effect := effect_of(config)) in seen:
            n_alike += 1
        else:
            seen.add(effect)
            kept.append(point)
            if len(kept) == most:
                break
    return Points(tuple(kept), n_impossible, reason, n_alike)


def grid_points(space: Sequence[Dimension]) -> Iterator[Point]:
    """Yield every combination once, the last field changing fastest."""
    names = [dimension.field for dimension in space]
    for values in itertools.product(*(grid_values(dimension) for dimension in space)):
        yield dict(zip(names, values, strict=True))


def grid_values(dimension: Dimension) -> tuple[Value, ...]:
    """Return the values of one field in a grid: all choices, or `points` values with both ends."""
    if dimension.kind == "choice":
        return dimension.choices
    if dimension.kind == "float":
        return tuple(_spaced(dimension, dimension.high))
    last = last_int(dimension)
    if dimension.n_values <= dimension.points:
        return tuple(range(int(dimension.low), last + 1, dimension.step))
    return tuple(dict.fromkeys(_on_step(dimension, value) for value in _spaced(dimension, last)))


def random_points(space: Sequence[Dimension], seed: int) -> Iterator[Point]:
    """Yield draws by lot: the same seed gives the same points, whoever asks for them.

    Where there are few different points, those that no draw has met come at last, so that none is missed.
    """
    rng = np.random.default_rng([seed, 0x5EED])
    for _number in range(_MOST_DRAWS):
        yield {dimension.field: _drawn(dimension, rng) for dimension in space}
    if size_of(space) <= _FEW_POINTS:
        names = [dimension.field for dimension in space]
        every = list(itertools.product(*(_every_value(dimension) for dimension in space)))
        for number in rng.permutation(len(every)):
            yield dict(zip(names, every[number], strict=True))


def effect_of(config: TrainingConfig) -> str:
    """Return what decides the training: the config without the fields that have no effect in it."""
    return config.model_dump_json(exclude=set(without_effect(config)))


def without_effect(config: TrainingConfig) -> tuple[str, ...]:
    """Return the fields that another field of the config leaves without a say."""
    two_stages = config.head_epochs > 0
    idle = {
        "momentum": config.optimizer not in ("momentum", "nesterov"),
        "focal_gamma": config.loss != "focal",
        "focal_alpha": config.loss != "focal",
        "step_epochs": config.schedule != "step",
        "plateau_patience": config.schedule != "plateau",
        "rate_factor": config.schedule not in ("step", "plateau"),
        "warmup_epochs": config.schedule == "one-cycle",
        "unfreeze": not two_stages,
        "frozen_norm": not two_stages,
        "fine_tuning_factor": not two_stages or config.unfreeze == "nothing",
        "unfrozen_blocks": not two_stages or config.unfreeze != "last blocks",
    }
    return tuple(name for name, is_idle in idle.items() if is_idle)


def size_of(space: Sequence[Dimension]) -> float:
    """Return how many different points there are; infinite with a range of floats."""
    return math.prod(dimension.n_values for dimension in space)


def grid_size(space: Sequence[Dimension]) -> int:
    """Return how many points a grid has, before any is left out."""
    return math.prod(len(grid_values(dimension)) for dimension in space)


def _every_value(dimension: Dimension) -> Sequence[Value]:
    if dimension.kind == "choice":
        return dimension.choices
    if dimension.kind == "int":
        return range(int(dimension.low), last_int(dimension) + 1, dimension.step)
    return (dimension.low,)


def _spaced(dimension: Dimension, high: float) -> list[float]:
    if dimension.log:
        values = np.geomspace(dimension.low, high, dimension.points)
    else:
        values = np.linspace(dimension.low, high, dimension.points)
    # Twelve digits: 0.30000000000000004 is a rounding and no setting; the ends stay as they were given.
    inner = [float(f"{value:.12g}") for value in values[1:-1]]
    return [dimension.low, *inner, high]


def _on_step(dimension: Dimension, value: float) -> int:
    low, last = int(dimension.low), last_int(dimension)
    return min(low + round((value - low) / dimension.step) * dimension.step, last)


def _drawn(dimension: Dimension, rng: np.random.Generator) -> Any:
    if dimension.kind == "choice":
        return dimension.choices[int(rng.integers(len(dimension.choices)))]
    if dimension.kind == "int" and not dimension.log:
        n = int(dimension.n_values)
        return int(dimension.low) + int(rng.integers(n)) * dimension.step
    if dimension.log:
        # A whole number k stands for k - 1/2 to k + 1/2, so that both ends get their share.
        half = 0.5 if dimension.kind == "int" else 0.0
        low, high = math.log(dimension.low - half), math.log(dimension.high + half)
        value = math.exp(rng.uniform(low, high))
    else:
        value = float(rng.uniform(dimension.low, dimension.high))
    value = min(max(value, dimension.low), dimension.high)
    return round(value) if dimension.kind == "int" else short(value, dimension)


def short(value: float, dimension: Dimension) -> float:
    """Return a drawn value with the four digits that a person reads and types again, within the range."""
    return min(max(float(f"{value:.4g}"), dimension.low), dimension.high)
