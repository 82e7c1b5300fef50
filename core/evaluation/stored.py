"""Predictions that a run has already made, read without loading torch."""

from core.datasets.records import SplitName
from core.datasets.store import open_dataset
from core.runs.predictions import Predictions, predictions_path, read_origin, read_predictions
from core.runs.store import Run


def stored_predictions(
    run: Run, split: SplitName = "val", dataset_id: str | None = None
) -> Predictions | None:
    """Return what a run has said about a split, or None if its present weights were not asked yet.

    Reading them again is no look: whoever opens the test split counts that.

    Parameters
    ----------
    run
        A run that has a trained network.
    split
        "train", "val" or "test".
    dataset_id
        Another data set; None means the one the run was trained on.
    """
    chosen = stored_name(run, dataset_id)
    wanted = origin_of(run, chosen)
    for folder in dict.fromkeys((run.writable_folder, run.folder)):
        path = predictions_path(folder, chosen, split)
        if read_origin(path) in (wanted, ""):  # empty: by the worker, which keeps its own up to date
            return read_predictions(path)
    return None


def stored_name(run: Run, dataset_id: str | None) -> str:
    """Return under which name predictions for a data set are stored: its own as the run knows it.

    A data set that was renamed since is still the run's own.
    """
    own = run.config.dataset
    if dataset_id is None or dataset_id == own:
        return own
    return own if open_dataset(dataset_id).info.is_called(own) else dataset_id


def origin_of(run: Run, dataset_id: str) -> str:
    """Return which weights, and which state of another data set, predictions made now come from."""
    origin = f"epoch {run.card.best_epoch}"
    if dataset_id == run.config.dataset:
        return origin
    return f"{origin}, data {open_dataset(dataset_id).info.revision}"
