"""In which settings several runs differ, and which of them are the same but for their seed."""

from collections.abc import Sequence
from typing import Any, Final

from core.training.config import TrainingConfig, differences

_FOLLOWS: Final = ("threads", "device")  # of the machine, not of anybody's choice
_WHOLE: Final = ("augmentations", "preprocessing")  # lists of steps: they are compared as one


def differing(configs: Sequence[TrainingConfig]) -> dict[str, tuple[Any, ...]]:
    """Return the settings that are not the same in all configs: dotted field to its value in each of them.

    Left out are the threads, and a resize step that follows from the image size. `augmentations` and
    `preprocessing` are lists of steps: dicts of name and parameters.
    """
    first = configs[0]
    found: dict[str, list[Any]] = {}
    for place, config in enumerate(configs):
        for name, (now, then) in differences(config, first).items():
            if name.split(".")[0] not in (*_WHOLE, *_FOLLOWS):
                found.setdefault(name, [then] * len(configs))[place] = now
    order = [name for name in _names(first) if name in found]
    settings = {name: tuple(found[name]) for name in [*order, *(name for name in found if name not in order)]}
    for name in _WHOLE:
        steps = tuple(_steps(config, name) for config in configs)
        if any(one != steps[0] for one in steps):
            settings[name] = steps
    return settings


def groups_but_for(
    settings: dict[str, tuple[Any, ...]], n: int, *, ignored: Sequence[str] = ("seed",)
) -> list[int]:
    """Return the group of each of `n` runs: those of one group differ in nothing but the `ignored` fields."""
    kept = [values for name, values in settings.items() if name not in ignored]
    keys = [repr([values[place] for values in kept]) for place in range(n)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return [numbers[key] for key in keys]


def _names(config: TrainingConfig) -> list[str]:
    parts = [f"split.{name}" for name in type(config.split).model_fields]
    return [*(name for name in type(config).model_fields if name != "split"), *parts]


def _steps(config: TrainingConfig, field: str) -> list[dict[str, Any]]:
    """Return the steps that are done, the size of a resize step left out where it is the image size."""
    if field == "augmentations":
        return [step.model_dump(mode="json") for step in config.augmentations]
    steps = [] if config.preprocessing is None else list(config.preprocessing.steps)
    found = []
    for step in steps:
        if step.enabled:
            parameters = {
                name: value
                for name, value in step.parameters.items()
                if not (step.name == "resize" and name == "size" and value == config.image_size)
            }
            found.append({"name": step.name, "parameters": parameters})
    return found
