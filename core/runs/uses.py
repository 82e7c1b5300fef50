"""Runs and the data sets that they were made with: who used what, and what has changed since."""

from core.datasets.editing import edits_since
from core.datasets.records import DatasetInfo
from core.errors import UserError
from core.runs.store import Run, list_runs


def runs_of(info: DatasetInfo) -> list[Run]:
    """Return the runs that were made with a data set, also under a former name of its; newest first."""
    return [run for run in list_runs() if info.is_called(run.config.dataset)]


def n_labels_changed(run: Run) -> int:
    """Return how many images of a run's data set have another class now than when the run began.

    0 too where the data set is gone, or is another one under the same name: nothing is known then.
    """
    try:
        return len(edits_since(run.config.dataset, run.request.dataset_revision) or ())
    except UserError:
        return 0
