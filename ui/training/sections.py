"""Which fields a training's form has, in which section, and when a field plays a part at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.datasets.records import SplitConfig
from core.language import N_
from core.training.config import TrainingConfig

BASIC_FIELDS: Final = ("model", "epochs", "learning_rate")


@dataclass(frozen=True)
class Section:
    """Fields that belong together: its key, its title, their dotted names."""

    name: str
    title: str
    fields: tuple[str, ...]


SECTIONS: Final = (
    Section("images", N_("Images"), ("image_size", "augmentations")),
    Section(
        "start",
        N_("Start and stages"),
        (
            "pretrained",
            "weights_from",
            "head_epochs",
            "unfreeze",
            "unfrozen_blocks",
            "fine_tuning_factor",
            "frozen_norm",
            "freeze_after",
            "freeze_all_but",
        ),
    ),
    Section("loss", N_("Loss"), ("loss", "focal_gamma", "focal_alpha", "label_smoothing", "balance")),
    Section(
        "optimizer",
        N_("Optimizer"),
        ("optimizer", "momentum", "batch_size", "weight_decay", "dropout", "gradient_clip"),
    ),
    Section(
        "schedule",
        N_("Schedule"),
        ("schedule", "warmup_epochs", "step_epochs", "plateau_patience", "rate_factor"),
    ),
    Section("end", N_("Best epoch and end"), ("best_by", "patience")),
    Section("split", N_("Who is in which part"), tuple(f"split.{name}" for name in SplitConfig.model_fields)),
    Section(
        "machine",
        N_("Machine and chance"),
        ("seed", "device", "precision", "memory_format", "compile", "keep_epochs", "replay"),
    ),
)
ALL_FIELDS: Final = (*BASIC_FIELDS, *(name for section in SECTIONS for name in section.fields))

_WHEN: Final[dict[str, Callable[[TrainingConfig], bool]]] = {
    "unfreeze": lambda config: config.head_epochs > 0,
    "unfrozen_blocks": lambda config: config.head_epochs > 0 and config.unfreeze == "last blocks",
    "fine_tuning_factor": lambda config: config.head_epochs > 0 and config.unfreeze != "nothing",
    "frozen_norm": lambda config: config.head_epochs > 0 or config.freeze_after > 0,
    "freeze_all_but": lambda config: config.freeze_after > 0,
    "focal_gamma": lambda config: config.loss == "focal",
    "focal_alpha": lambda config: config.loss == "focal",
    "momentum": lambda config: config.optimizer in ("momentum", "nesterov"),
    "warmup_epochs": lambda config: config.schedule != "one-cycle",
    "step_epochs": lambda config: config.schedule == "step",
    "plateau_patience": lambda config: config.schedule == "plateau",
    "rate_factor": lambda config: config.schedule in ("step", "plateau"),
    "split.n_folds": lambda config: config.split.scheme == "k-fold",
    "split.fold": lambda config: config.split.scheme == "k-fold",
}


def applies(name: str, config: TrainingConfig) -> bool:
    """Tell whether a field plays a part in a run; one that plays none is not shown."""
    return name not in _WHEN or _WHEN[name](config)


def section_of(name: str) -> Section | None:
    """Return the section of a field by its dotted name; None for one that is always shown, or never."""
    return next((section for section in SECTIONS if name in section.fields), None)
