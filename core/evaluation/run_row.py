"""A run in one line of the table of all runs."""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from core.jobs.status import ALIVE, EffectiveState
from core.language import Message
from core.runs.records import Parent


class BestMetric(BaseModel):
    """How good a run's best network was on its validation split.

    Attributes
    ----------
    name
        A key of METRICS: "auroc", or "accuracy" where no AUROC is known.
    value
        In [0, 1].
    low, high
        Of the 95 % interval; None where there is no honest one.
    n
        Validation images; None where a run of old did not write it down.
    positive_class
        The class that the AUROC speaks for; None: the mean of each class against the rest, or an accuracy.
    interval_follows
        Whether there are predictions to find the interval from, and nobody has yet.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    positive_class: str | None = None
    interval_follows: bool = False


class _Measured(Protocol):
    """A metric of a model card or of an evaluation."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def n(self) -> int: ...


def best_of(metrics: Mapping[str, _Measured], positive_class: str | None) -> BestMetric | None:
    """Return the AUROC, which speaks for `positive_class`, else the accuracy; None where neither is known."""
    for name, speaks_for in (("auroc", positive_class), ("accuracy", None)):
        metric = metrics.get(name)
        if metric is not None and metric.value is not None:
            return BestMetric(
                name=name,
                value=metric.value,
                low=metric.low,
                high=metric.high,
                n=metric.n,
                positive_class=speaks_for,
            )
    return None


class RunRow(BaseModel):
    """What the table shows of a run.

    Attributes
    ----------
    state
        None where nobody can tell: its status cannot be read.
    dataset, model
        As its request names them, also if this version does not know them; empty where it cannot be read.
    parent, group
        Where it came from, and what it was made for together with others.
    changed
        Fields in which it differs from its parent, by dotted name: (value now, value then).
    best
        None before the first epoch has ended.
    n_epochs, epochs_asked
        Finished, and asked for.
    seconds
        Of training, None before the first line of its metrics.
    created_at
        ISO 8601 in UTC; empty where it is not known.
    tags, note, starred, archived
        What people wrote beside it: core.runs.notes.
    size_bytes
        On the disk.
    is_usable
        Whether `open_run` opens it.
    problem
        What is wrong with its files, in one sentence; a run with a problem may still be usable.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    state: EffectiveState | None = None
    dataset: str = ""
    model: str = ""
    parent: Parent | None = None
    group: str | None = None
    changed: dict[str, tuple[Any, Any]] = {}
    best: BestMetric | None = None
    n_epochs: int = 0
    epochs_asked: int | None = None
    seconds: float | None = None
    created_at: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    starred: bool = False
    archived: bool = False
    size_bytes: int = 0
    is_usable: bool = True
    is_shipped: bool = False
    problem: Message | None = None

    @property
    def is_restless(self) -> bool:
        """Whether the line changes by itself: its run is at work, or its interval is being measured."""
        return self.state in ALIVE or (self.best is not None and self.best.interval_follows)
