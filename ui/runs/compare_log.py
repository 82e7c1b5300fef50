"""The numbers of a run's curves, kept small so that many runs fit, and read on from where it stopped."""

import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import streamlit as st

from core.runs.metrics import read_metrics
from core.runs.records import EpochMetrics, StepMetrics
from core.runs.store import Run

_MOST_STEPS = 200_000


@dataclass
class StepColumns:
    """The groups of steps of a run, column by column; as long as each other."""

    steps: list[float] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


@dataclass
class CurveLog:
    """What a metrics.jsonl has said so far; `update` reads what is new."""

    folder: Path
    training: StepColumns = field(default_factory=StepColumns)
    epochs: list[EpochMetrics] = field(default_factory=list)
    _offset: int = 0
    _file_number: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def update(self) -> None:
        """Read on; a file that was replaced (by a resumed run) is read again from its start."""
        with self._lock, suppress(OSError):  # what the system refuses has no curve: the run's line says so
            path = self.folder / "metrics.jsonl"
            file_number = path.stat().st_ino if path.exists() else 0
            tail = read_metrics(self.folder, self._offset if file_number == self._file_number else 0)
            if tail.starts_over or file_number != self._file_number:
                self.training, self.epochs = StepColumns(), []
            self._file_number, self._offset = file_number, tail.offset
            for line in tail.lines:
                if isinstance(line, EpochMetrics):
                    self.epochs.append(line)
                elif isinstance(line, StepMetrics):
                    self._add(line)

    def _add(self, line: StepMetrics) -> None:
        if math.isfinite(line.loss) and len(self.training.steps) < _MOST_STEPS:
            self.training.steps.append(line.step)
            self.training.epochs.append(line.epoch)
            self.training.seconds.append(line.seconds)
            self.training.losses.append(line.loss)


@st.cache_resource(max_entries=256, show_spinner=False)
def _log(run_id: str, folder: str) -> CurveLog:
    return CurveLog(Path(folder))


def curve_log(run: Run) -> CurveLog:
    """Return the curves of a run up to now, shared by all visitors."""
    log = _log(run.run_id, str(run.folder))
    log.update()
    return log
