"""Settings that can be trained and may not do what was meant: each with its field and what will happen."""

from core.language import N_, Message
from core.models.catalog import MODELS
from core.training.config.checks import Problem
from core.training.config.training import TrainingConfig


def notes(config: TrainingConfig) -> list[Problem]:
    """Return what a person should know before launch; nothing here stands in the way of it."""
    return [*_schedule(config), *_start(config), *_machine(config)]


def _schedule(config: TrainingConfig) -> list[Problem]:
    if config.schedule == "step" and config.step_epochs >= config.epochs:
        text = N_(
            "The first step comes after epoch {step}, and the run ends at {epochs}: nothing is lowered."
        )
        values = {"step": config.step_epochs, "epochs": config.epochs}
        return [Problem("step_epochs", Message(text=text, values=dict(values)))]
    if config.schedule == "plateau" and config.plateau_patience + 1 >= config.epochs:
        text = N_("{n} epochs are waited for, and the run has {epochs}: the learning rate is never lowered.")
        values = {"n": config.plateau_patience, "epochs": config.epochs}
        return [Problem("plateau_patience", Message(text=text, values=dict(values)))]
    if 0 < config.patience <= config.plateau_patience and config.schedule == "plateau":
        text = N_("The run stops early before the plateau lowers the learning rate.")
        return [Problem("patience", Message(text=text))]
    return []


def _start(config: TrainingConfig) -> list[Problem]:
    found = []
    if config.head_epochs and not config.pretrained and not config.weights_from:
        text = N_("The frozen body has random weights: the head learns from noise in these epochs.")
        found.append(Problem("head_epochs", Message(text=text)))
    spec = MODELS[config.model]
    if config.pretrained and config.image_size * 2 < spec.usual_size:
        text = N_("{model} learned these weights at {usual} pixels; much smaller images use little of them.")
        values = {"model": config.model, "usual": spec.usual_size}
        found.append(Problem("image_size", Message(text=text, values=dict(values))))
    return found


def _machine(config: TrainingConfig) -> list[Problem]:
    if config.device == "cpu" and config.precision == "float16":
        text = N_("float16 is slow on a CPU (8 times slower than float32 where it was measured).")
        return [Problem("precision", Message(text=text))]
    return []
