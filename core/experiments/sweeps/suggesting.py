"""A range to begin with for a field that is to be varied: around its present value."""

from typing import Final

from core.experiments.sweeps.space import Dimension, FieldRange, Value, field_range
from core.training.config import TrainingConfig

FIRST_FIELDS: Final = ("learning_rate", "weight_decay", "batch_size", "dropout", "optimizer", "model")

_RANGES: Final[dict[str, tuple[float, float]]] = {  # what is usual, where the field itself allows far more
    "label_smoothing": (0.0, 0.2),
    "dropout": (0.0, 0.6),
    "momentum": (0.5, 0.95),
    "focal_gamma": (0.5, 4.0),
    "focal_alpha": (0.2, 0.8),
    "gradient_clip": (0.0, 5.0),
    "fine_tuning_factor": (0.01, 1.0),
    "rate_factor": (0.1, 0.7),
    "weight_decay": (1e-5, 0.1),
}
_LOG: Final = ("learning_rate", "weight_decay", "fine_tuning_factor", "batch_size")
_SMALL_NETWORKS: Final = ("small_cnn", "xray_cnn", "mlp")
_FACTORS: Final = {"learning_rate": 10.0, "batch_size": 4.0}


def suggested(name: str, config: TrainingConfig) -> Dimension:
    """Return a sensible range of a field for somebody who begins with `config`."""
    found = field_range(name)
    present = getattr(config, name)
    if found.kind == "choice":
        return Dimension(field=name, kind="choice", choices=_choices(found, present))
    low, high = _around(found, present)
    if found.kind == "float":
        return Dimension(field=name, kind="float", low=low, high=high, log=name in _LOG)
    step = found.multiple_of
    first, last = (int(bound) // step * step for bound in (low, high))
    return Dimension(
        field=name, kind="int", low=max(first, found.low or 0), high=last, step=step, log=name in _LOG
    )


def _choices(found: FieldRange, present: Value) -> tuple[Value, ...]:
    if found.name != "model":
        return found.choices
    small = (present, *(name for name in _SMALL_NETWORKS if name != present))
    return tuple(name for name in found.choices if name in small)


def _around(found: FieldRange, present: float | None) -> tuple[float, float]:
    if found.name in _RANGES:
        return _RANGES[found.name]
    low, high = found.low or 0.0, found.high or 1.0
    value = present or low or 1.0
    factor = _FACTORS.get(found.name, 2.0)
    first, last = max(low, value / factor), min(high, value * factor)
    if found.kind == "int" and last - first < 2 * found.multiple_of:
        return max(low, value - found.multiple_of), min(high, value + 2 * found.multiple_of)
    if found.kind == "float":  # one digit is enough to begin with
        first, last = (min(max(float(f"{bound:.1g}"), low), high) for bound in (first, last))
    return first, last
