"""The experiments that run in the background. Add one by an entry here."""

from typing import Final

from core.experiments.records import ExperimentSpec

EXPERIMENTS: Final[dict[str, ExperimentSpec]] = {}
