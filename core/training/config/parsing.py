"""TrainingConfig from plain values and back: parse, change, compare; the pipeline that follows from it."""

from typing import Any

from pydantic import ValidationError

from core.datasets.records import SplitConfig
from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.training.config.checks import problems
from core.training.config.facts import DatasetFacts
from core.training.config.training import TrainingConfig
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import Preprocessing, PreprocessingStep
from core.validation import field_of, reason_of, value_of


def parse_config(values: dict[str, Any]) -> TrainingConfig:
    """Build a TrainingConfig from plain values, with errors in one sentence.

    Raises
    ------
    UnknownNameError
        A field or network that does not exist.
    InvalidValueError
        A value out of range or of the wrong kind, or values that cannot go together.
    """
    config = unchecked_config(values)
    refuse_problems(config)
    return config


def unchecked_config(values: dict[str, Any]) -> TrainingConfig:
    """Build a TrainingConfig whose values are right one by one, whether or not they go together.

    For a form, which shows each of its `problems` beside the field; raises as `parse_config` does.
    """
    try:
        return TrainingConfig(**values)
    except ValidationError as error:
        raise _as_user_error(error) from None


def refuse_problems(config: TrainingConfig, facts: DatasetFacts | None = None) -> None:
    """Raise the first of a config's problems as an InvalidValueError; do nothing if there is none."""
    for problem in problems(config, facts)[:1]:
        raise InvalidValueError(problem.reason.text, **problem.reason.values)


def with_changes(config: TrainingConfig, changes: dict[str, Any]) -> TrainingConfig:
    """Return the config with some fields changed; a dot reaches into a part: "split.seed"."""
    values = config.model_dump(mode="json")
    if config.preprocessing is None and any(name.startswith("preprocessing.") for name in changes):
        values["preprocessing"] = {"steps": []}
    for name, value in changes.items():
        place, fields = values, name.split(".")
        for field in fields[:-1]:
            inner = place.get(field)
            place = inner if isinstance(inner, dict) else _unknown_field(name)
        if fields[-1] not in place:
            _unknown_field(name)
        place[fields[-1]] = value
    return parse_config(values)


def differences(config: TrainingConfig, other: TrainingConfig) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which two configs differ, by dotted name: (value in config, value in other)."""
    mine, theirs = _flat(config.model_dump(mode="json")), _flat(other.model_dump(mode="json"))
    names = [*mine, *(name for name in theirs if name not in mine)]
    return {name: (mine.get(name), theirs.get(name)) for name in names if mine.get(name) != theirs.get(name)}


def resolved_preprocessing(config: TrainingConfig, n_channels: int) -> Preprocessing:
    """Return the pipeline of a config, its last resize step set to `image_size`."""
    if config.preprocessing is None:
        return default_preprocessing(config.image_size, n_channels)
    steps = list(config.preprocessing.steps)
    resizing = [number for number, step in enumerate(steps) if step.enabled and step.name == "resize"]
    for number in resizing[-1:]:  # an earlier one has a size of its own
        steps[number] = _with_size(steps[number], config.image_size)
    return Preprocessing(steps=tuple(steps))


def _with_size(step: PreprocessingStep, size: int) -> PreprocessingStep:
    return step.model_copy(update={"parameters": {**step.parameters, "size": size}})


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _unknown_field(name: str) -> Any:
    parts = (f"split.{field}" for field in SplitConfig.model_fields)
    raise UnknownNameError(N_("field"), name, [*TrainingConfig.model_fields, *parts])


def _as_user_error(error: ValidationError) -> InvalidValueError | UnknownNameError:
    first = error.errors()[0]
    name, reason = field_of(first), reason_of(first)
    if first["type"] == "extra_forbidden":
        return UnknownNameError(N_("field"), name, TrainingConfig.model_fields)
    if first["type"] == "missing":
        return InvalidValueError(N_("{field} is not right: {reason}."), field=name, reason=reason)
    text = N_("{field} cannot be {value}: {reason}.")
    return InvalidValueError(text, field=name, value=value_of(first), reason=reason)
