"""The coach asked about a run on disk: who stands in its split, how its classes are called, how it ended."""

from collections.abc import Sequence

from core.errors import UserError
from core.evaluation.coach.coaching import coach
from core.evaluation.coach.records import Finding
from core.jobs.status import ALIVE
from core.runs.metrics import read_metrics
from core.runs.records import EpochMetrics, StepMetrics
from core.runs.store import Run


def coach_run(
    run: Run, epochs: Sequence[EpochMetrics] | None = None, steps: Sequence[StepMetrics] | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with the curves of a run so far; its lines are read where they are not given.

    Raises
    ------
    UserError
        The run's folder cannot be read.
    """
    if epochs is None or steps is None:
        lines = read_metrics(run.folder).lines
        epochs = [line for line in lines if isinstance(line, EpochMetrics)]
        steps = [line for line in lines if isinstance(line, StepMetrics)]
    status, parent = run.status, run.request.parent
    n_train, n_val, labels = _split_of(run)
    return coach(
        run.config,
        epochs,
        steps,
        n_train=n_train,
        n_val=n_val,
        class_names=_class_names(run, labels),
        error=status.error if run.state == "failed" else None,
        is_over=run.state not in ALIVE,
        branched_at=(parent.epoch or 0) if parent else 0,
    )


def _split_of(run: Run) -> tuple[int, int, list[str]]:
    """Return the number of training and of validation images, and the labels in use."""
    split = run.split()
    sides = split["split"].value_counts()
    labels = sorted(str(label) for label in split["label"].unique())
    return int(sides.get("train", 0)), int(sides.get("val", 0)), labels


def _class_names(run: Run, labels: list[str]) -> tuple[str, ...]:
    """Return the classes in their order: the data set's, else the network's, else those of the split."""
    from core.datasets.store import open_dataset  # with SciPy: only where it is needed

    try:
        return open_dataset(run.config.dataset).info.class_names
    except UserError:  # it has been deleted since
        pass
    try:
        return run.card.class_names
    except UserError:  # no epoch has ended
        return tuple(labels)
