"""From nothing to what was chosen, and beyond: one augmentation at any strength."""

from annotated_types import Ge, Le

from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep, Parameters


def at_strength(step: AugmentationStep, strength: float) -> AugmentationStep:
    """Return a step as strong as asked: 0 does nothing, 1 is the step itself, 2 doubles what it may do.

    Each parameter that has a value at which nothing happens moves from there on a straight line, and stays in
    its range; the others are kept.
    """
    spec = AUGMENTATIONS[step.name]
    parameters = dict(step.parameters)
    for name, neutral in spec.neutral.items():
        wanted = neutral + strength * (parameters[name] - neutral)
        parameters[name] = _in_range(spec.parameters, name, wanted)
    return step.model_copy(update={"parameters": parameters})


def is_neutral(step: AugmentationStep) -> bool:
    """Return whether a step can change nothing."""
    neutral = AUGMENTATIONS[step.name].neutral
    return all(step.parameters[name] == value for name, value in neutral.items())


def _in_range(parameters: type[Parameters], name: str, value: float) -> float:
    for limit in parameters.model_fields[name].metadata:
        if isinstance(limit, Ge):
            value = max(value, float(limit.ge))  # type: ignore[arg-type]
        elif isinstance(limit, Le):
            value = min(value, float(limit.le))  # type: ignore[arg-type]
    return value
