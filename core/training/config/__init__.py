"""What a training run is asked to do: its record, its parsing from plain values, what cannot go together."""

from core.training.config.checks import Problem, problems
from core.training.config.parsing import differences, parse_config, resolved_preprocessing, with_changes
from core.training.config.training import Balance, TrainingConfig, default_augmentations

__all__ = [
    "Balance",
    "Problem",
    "TrainingConfig",
    "default_augmentations",
    "differences",
    "parse_config",
    "problems",
    "resolved_preprocessing",
    "with_changes",
]
