"""Settings to try, one at a time, kept within the range of their fields and valid for the run's config."""

from typing import Any, Final

from core.errors import UserError
from core.models.catalog import MODELS
from core.training.config import TrainingConfig, with_changes
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS

_LOWEST_RATE: Final = 1e-6
_HIGHEST_RATE: Final = 1.0
_MOST_EPOCHS: Final = 500
_USUAL_RATE: Final = {"adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3, "adagrad": 1e-2}
_USUAL_RATE_OF_THE_REST: Final = 1e-2  # plain gradient descent and its kin take larger steps
_LARGER: Final = "resnet18"


def first_valid(config: TrainingConfig, *offers: dict[str, Any]) -> dict[str, Any]:
    """Return the first of several changes that can be trained and changes anything; {} if none can."""
    return next((offer for offer in offers if offer and _is_valid(config, offer)), {})


def lower_rate(config: TrainingConfig) -> dict[str, Any]:
    """Return a tenth of the learning rate."""
    return {"learning_rate": max(_LOWEST_RATE, _rounded(config.learning_rate / 10))}


def higher_rate(config: TrainingConfig) -> dict[str, Any]:
    """Return ten times the learning rate."""
    return {"learning_rate": min(_HIGHEST_RATE, _rounded(config.learning_rate * 10))}


def has_low_rate(config: TrainingConfig) -> bool:
    """Tell whether the learning rate is less than a third of what the optimizer usually takes."""
    usual = _USUAL_RATE.get(config.optimizer, _USUAL_RATE_OF_THE_REST)
    return config.learning_rate < usual / 3


def preset(name: str) -> dict[str, Any]:
    """Return the augmentations of a preset."""
    return {"augmentations": [step.model_dump(mode="json") for step in AUGMENTATION_PRESETS[name].steps]}


def against_learning_by_heart(config: TrainingConfig) -> dict[str, Any]:
    """Return what holds learning by heart back and is not used yet: augmentation, dropout, weight decay."""
    return first_valid(
        config,
        {} if config.augmentations else preset("light"),
        {} if (config.dropout or 0) >= 0.3 else {"dropout": 0.3},
        {} if config.weight_decay >= 0.1 else {"weight_decay": _more_decay(config)},
    )


def more_learning(config: TrainingConfig) -> dict[str, Any]:
    """Return what may keep a network from learning, taken away; else a larger one, else more epochs."""
    return first_valid(
        config,
        _unfrozen(config),
        {"weight_decay": 1e-3} if config.weight_decay >= 0.1 else {},
        {"dropout": 0.2} if (config.dropout or 0) >= 0.5 else {},
        higher_rate(config) if has_low_rate(config) else {},
        {"model": _LARGER} if MODELS[config.model].family == "small" else {},
        {"epochs": min(_MOST_EPOCHS, 2 * config.epochs)},
    )


def balanced(config: TrainingConfig) -> dict[str, Any]:
    """Return class weights where classes count as they come."""
    return first_valid(config, {"balance": "class weights"} if config.balance == "plain" else {})


def less_waiting(config: TrainingConfig) -> dict[str, Any]:
    """Return a body that learns too where it is frozen, else a falling learning rate, else an earlier end."""
    return first_valid(
        config,
        _unfrozen(config),
        {"schedule": "cosine"} if config.schedule == "constant" else {},
        {"patience": 10} if not 0 < config.patience <= 10 else {},
    )


def easier_training(config: TrainingConfig) -> dict[str, Any]:
    """Return the run without what makes training images harder than validation images."""
    has_dropout = MODELS[config.model].has_dropout if config.dropout is None else config.dropout > 0
    return first_valid(config, {"dropout": 0.0} if has_dropout else {}, {"augmentations": []})


def _unfrozen(config: TrainingConfig) -> dict[str, Any]:
    """Return a body that learns to the end where it is frozen until then; {} where it learns."""
    if 0 < config.freeze_after < config.epochs:
        return {"freeze_after": 0}
    return {"head_epochs": 0} if config.head_epochs > 0 and config.unfreeze == "nothing" else {}


def _more_decay(config: TrainingConfig) -> float:
    return min(0.1, _rounded(max(config.weight_decay, 1e-4) * 10))


def _is_valid(config: TrainingConfig, changes: dict[str, Any]) -> bool:
    try:
        return with_changes(config, changes) != config
    except UserError:
        return False


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
