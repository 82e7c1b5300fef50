"""What a sweep varies: a field of TrainingConfig within the field's own range. No torch, no optuna."""

import math
from types import NoneType
from typing import Any, Final, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.models.catalog import MODELS
from core.training.config import TrainingConfig, unchecked_config
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS

Value = bool | int | float | str
Point = dict[str, Value]
Kind = Literal["float", "int", "choice"]

MOST_CHOICES: Final = 50
AUGMENTATIONS: Final = "augmentations"  # a list, of which a sweep tries the presets by their names
_LOG_RATIO: Final = 1000  # from three decades on, a draw that is even in the decades is the sensible one

# Not varied: data and machine; the metric, by which trials are compared; and the seed, for the best of
# several seeds is luck and nothing else. The last three are for branches and for the time machine.
_FIXED: Final = frozenset(
    {
        "dataset",
        "preprocessing",
        "split",
        "weights_from",
        "best_by",
        "seed",
        "device",
        "precision",
        "memory_format",
        "compile",
        "threads",
        "keep_epochs",
        "freeze_after",
        "freeze_all_but",
        "replay",
    }
)


class FieldRange(BaseModel):
    """What a field of TrainingConfig allows.

    Attributes
    ----------
    low, high
        Of a number, both allowed unless `low_is_out`, `high_is_out`.
    multiple_of
        Of a whole number: what it must be a multiple of; 1 for any.
    choices
        Of a field that is no number.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    low_is_out: bool = False
    high_is_out: bool = False
    multiple_of: int = 1
    choices: tuple[Value, ...] = ()

    @property
    def is_log(self) -> bool:
        """Whether decades matter in this field."""
        return self.low is not None and self.high is not None and self.low > 0 and self._ratio >= _LOG_RATIO

    @property
    def _ratio(self) -> float:
        return (self.high or 0) / (self.low or math.inf)


class Dimension(BaseModel):
    """One field that a sweep varies.

    Attributes
    ----------
    field
        Of TrainingConfig.
    kind
        "float" and "int" have `low` and `high`, "choice" has `choices`.
    log
        Whether values are even in powers of ten.
    step
        Between two whole numbers; 1 where `log`.
    points
        Of a grid: how many values of a range are tried, both ends among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    field: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: int = 1
    points: int = 3
    choices: tuple[Value, ...] = ()

    @property
    def n_values(self) -> float:
        """How many different values it can take; infinite for a range of floats."""
        if self.kind == "choice":
            return len(self.choices)
        if self.kind == "int":
            return int(self.high - self.low) // self.step + 1
        return math.inf if self.high > self.low else 1


def sweepable_fields() -> tuple[str, ...]:
    """Return the fields of TrainingConfig that a sweep may vary, in their order."""
    return tuple(name for name in TrainingConfig.model_fields if name not in _FIXED)


def field_range(name: str) -> FieldRange:
    """Return what a field allows, read from the field itself.

    Raises
    ------
    UnknownNameError, InvalidValueError
        There is no such field, or a sweep does not vary it.
    """
    if name not in TrainingConfig.model_fields:
        raise UnknownNameError(N_("field"), name, sweepable_fields())
    if name in _FIXED:
        text = N_("A sweep does not vary '{field}'. Choose one of: {known}.")
        raise InvalidValueError(text, field=name, known=", ".join(sweepable_fields()))
    field = TrainingConfig.model_fields[name]
    kind = _without_none(field.annotation)
    if name == AUGMENTATIONS:
        return FieldRange(name=name, kind="choice", choices=tuple(AUGMENTATION_PRESETS))
    if name == "model":
        return FieldRange(name=name, kind="choice", choices=tuple(MODELS))
    if get_origin(kind) is Literal:
        return FieldRange(name=name, kind="choice", choices=get_args(kind))
    if kind is bool:
        return FieldRange(name=name, kind="choice", choices=(False, True))
    return FieldRange(name=name, kind="int" if kind is int else "float", **_bounds(field))


def check_dimension(dimension: Dimension, config: TrainingConfig) -> None:
    """Refuse a dimension whose values the field does not allow; InvalidValueError says which and why."""
    found = field_range(dimension.field)
    if dimension.kind == "choice":
        _check_choices(dimension)
    elif dimension.kind != found.kind:
        text = N_("'{field}' takes whole numbers, and no range of others.")
        if found.kind == "choice":
            text = N_("'{field}' is no number: give its values one by one, with commas.")
        raise InvalidValueError(text, field=dimension.field)
    else:
        _check_range(dimension)
    for value in _extremes(dimension):
        unchecked_config(config.model_dump(mode="json") | fields_of({dimension.field: value}))


def fields_of(point: Point) -> dict[str, Any]:
    """Return what a point says of the fields of a config: a preset of augmentations stands for its steps."""
    name = point.get(AUGMENTATIONS)
    if name is None:
        return dict(point)
    if name not in AUGMENTATION_PRESETS:
        raise UnknownNameError(N_("augmentation"), str(name), list(AUGMENTATION_PRESETS))
    steps = [step.model_dump(mode="json") for step in AUGMENTATION_PRESETS[str(name)].steps]
    return point | {AUGMENTATIONS: steps}


def _check_choices(dimension: Dimension) -> None:
    if not dimension.choices or len(set(dimension.choices)) < len(dimension.choices):
        text = N_("'{field}' needs values to try, each once.")
        raise InvalidValueError(text, field=dimension.field)
    if len(dimension.choices) > MOST_CHOICES:
        text = N_("'{field}' has {n} values to try; {most} are the most.")
        n = len(dimension.choices)
        raise InvalidValueError(text, field=dimension.field, n=n, most=MOST_CHOICES)


def _check_range(dimension: Dimension) -> None:
    values = {"field": dimension.field, "low": f"{dimension.low:g}", "high": f"{dimension.high:g}"}
    if not dimension.low < dimension.high:
        raise InvalidValueError(N_("'{field}' goes from {low} to {high}: the first must be less."), **values)
    if dimension.log and dimension.low <= 0:
        text = N_("'{field}' goes from {low} to {high}: on a log scale it must begin above 0.")
        raise InvalidValueError(text, **values)
    if dimension.points < 2 or dimension.points > MOST_CHOICES:
        text = N_("A grid tries 2 to {most} values of '{field}', not {n}.")
        field, n = dimension.field, dimension.points
        raise InvalidValueError(text, field=field, most=MOST_CHOICES, n=n)
    if dimension.step < 1 or (dimension.log and dimension.step > 1):
        text = N_("'{field}' cannot have a step of {step} here; use 1.")
        raise InvalidValueError(text, field=dimension.field, step=dimension.step)


def _extremes(dimension: Dimension) -> tuple[Value, ...]:
    """Return values that are all allowed only where each value of the dimension is."""
    if dimension.kind == "choice":
        return dimension.choices
    if dimension.kind == "float":
        return dimension.low, dimension.high
    low, step = dimension.low, dimension.step
    if dimension.low != int(dimension.low) or dimension.high != int(dimension.high):
        return dimension.low, dimension.high
    return int(low), min(int(low) + step, int(dimension.high)), last_int(dimension)


def last_int(dimension: Dimension) -> int:
    """Return the largest value of a range of whole numbers, which its steps reach."""
    low = int(dimension.low)
    return low + (int(dimension.high) - low) // dimension.step * dimension.step


def _bounds(field: FieldInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for rule in field.metadata:
        match rule:
            case annotated_types.Ge():
                found["low"] = rule.ge
            case annotated_types.Gt():
                found |= {"low": rule.gt, "low_is_out": True}
            case annotated_types.Le():
                found["high"] = rule.le
            case annotated_types.Lt():
                found |= {"high": rule.lt, "high_is_out": True}
            case annotated_types.MultipleOf():
                found["multiple_of"] = rule.multiple_of
    return found


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return next(kind for kind in get_args(annotation) if kind is not NoneType)
    return annotation
