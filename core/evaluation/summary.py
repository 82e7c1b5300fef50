"""A run in one line: what it is, how far it came, its validation AUROC with interval. Reads no torch."""

from dataclasses import dataclass
from typing import Any

from core.errors import UnknownNameError
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.jobs.status import EffectiveState
from core.runs.predictions import predictions_path, read_predictions
from core.runs.store import Run, open_run
from core.training.config import differences


@dataclass(frozen=True)
class RunSummary:
    """A row of the table of runs.

    `changed` holds the fields that differ from the parent's: dotted name to (value now, value then). `auroc`
    is that of the validation split for `positive_class` (None: the mean of each class against the rest), None
    before the run has ended.
    """

    run_id: str
    state: EffectiveState
    dataset: str
    model: str
    parent: str | None
    changed: dict[str, tuple[Any, Any]]
    n_epochs: int
    epochs_asked: int
    auroc: MetricValue | None
    positive_class: str | None
    seconds: float | None
    created_at: str


def summarise(run: Run) -> RunSummary:
    """Read what the table of runs shows of one run."""
    parent = run.request.parent
    epochs = run.epochs
    return RunSummary(
        run_id=run.run_id,
        state=run.state,
        dataset=run.config.dataset,
        model=run.config.model,
        parent=parent.run if parent else None,
        changed=_changed(run, parent.run) if parent else {},
        n_epochs=len(epochs),
        epochs_asked=run.config.epochs,
        auroc=validation_auroc(run),
        positive_class=run.card.positive_class if run.has_model else None,
        seconds=epochs[-1].seconds if epochs else None,
        created_at=run.status.created_at,
    )


def validation_auroc(run: Run) -> MetricValue | None:
    """Return the AUROC on the validation split with its interval; None before the run has ended."""
    path = predictions_path(run.folder, run.config.dataset, "val")
    if not path.exists():
        return None
    return evaluate(read_predictions(path)).metrics.get("auroc")


def _changed(run: Run, parent_id: str) -> dict[str, tuple[Any, Any]]:
    try:
        parent = open_run(parent_id)
    except UnknownNameError:
        return {}
    return differences(run.config, parent.config)
