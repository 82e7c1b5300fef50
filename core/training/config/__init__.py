"""What a training run is asked to do: its record, its parsing from plain values, what cannot go together."""

from core.training.config.checks import Problem, problems
from core.training.config.command import command_line
from core.training.config.facts import DatasetFacts, facts_of
from core.training.config.notes import notes
from core.training.config.parsing import (
    differences,
    parse_config,
    refuse_problems,
    resolved_preprocessing,
    unchecked_config,
    with_changes,
)
from core.training.config.stages import Stage, plan
from core.training.config.training import Balance, TrainingConfig, default_augmentations

__all__ = [
    "Balance",
    "DatasetFacts",
    "Problem",
    "Stage",
    "TrainingConfig",
    "command_line",
    "default_augmentations",
    "differences",
    "facts_of",
    "notes",
    "parse_config",
    "plan",
    "problems",
    "refuse_problems",
    "resolved_preprocessing",
    "unchecked_config",
    "with_changes",
]
