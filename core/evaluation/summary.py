"""A run's validation AUROC with its interval; all that a table says of a run is in core.evaluation.index."""

from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.runs.predictions import predictions_path, read_predictions
from core.runs.store import Run


def validation_auroc(run: Run) -> MetricValue | None:
    """Return the AUROC on the validation split with its interval; None before the run has ended."""
    path = predictions_path(run.folder, run.config.dataset, "val")
    if not path.exists():
        return None
    return evaluate(read_predictions(path)).metrics.get("auroc")
