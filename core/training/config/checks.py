"""Settings that are right one by one and cannot go together: each with its field and the reason."""

from dataclasses import dataclass

from core.language import N_, Message
from core.models.catalog import MODELS
from core.training.config.training import TrainingConfig
from core.transforms.preprocessing.order import size_after


@dataclass(frozen=True)
class Problem:
    """Why a config cannot be trained: the dotted field that should change, and one sentence."""

    field: str
    reason: Message


def problems(config: TrainingConfig) -> list[Problem]:
    """Return what a config contradicts itself in, the first to be mended first; empty if all is well."""
    return [*_size(config), *_preprocessing(config)]


def _size(config: TrainingConfig) -> list[Problem]:
    smallest = MODELS[config.model].smallest_size
    if config.image_size >= smallest:
        return []
    text = N_("{model} needs images of at least {smallest} pixels; image_size is {size}.")
    values = {"model": config.model, "smallest": smallest, "size": config.image_size}
    return [Problem("image_size", Message(text=text, values=values))]


def _preprocessing(config: TrainingConfig) -> list[Problem]:
    if config.preprocessing is None:
        return []
    active = config.preprocessing.active("image")
    if "channels" not in [step.name for step in active]:
        text = N_(
            "Training needs the preprocessing step 'channels': a network takes images with one number of"
            " channels."
        )
        return [Problem("preprocessing", Message(text=text))]
    if (reason := size_after(active)) is None:
        return []
    text = N_("Training cannot use this preprocessing: {reason}.")
    return [Problem("preprocessing", Message(text=text, values={"reason": reason}))]
