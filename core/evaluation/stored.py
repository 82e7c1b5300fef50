"""Predictions that a run has already made, read without loading torch."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from core.datasets.records import Part
from core.datasets.store import open_dataset
from core.evaluation.external import variant_of
from core.runs.predictions import (
    Predictions,
    predictions_path,
    read_origin,
    read_predictions,
    weights_origin,
)
from core.runs.store import Run

NO_MAPPING: Final[Mapping[str, str]] = MappingProxyType({})


def stored_predictions(
    run: Run,
    split: Part = "val",
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Predictions | None:
    """Return what a run has said about a split, or None if its present weights were not asked yet.

    Reading them again is no look: whoever opens the test split counts that.

    Parameters
    ----------
    run
        A run that has a trained network.
    split
        "train", "val" or "test"; of another data set also "all".
    dataset_id
        Another data set; None means the one the run was trained on.
    mapping
        Which class there stands for which here: see core.evaluation.external.

    Raises
    ------
    UnknownNameError
        The other data set is not there.
    """
    path = stored_path(run, split, dataset_id, mapping=mapping)
    return None if path is None else read_predictions(path)


def stored_path(
    run: Run,
    split: Part = "val",
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Path | None:
    """Return the file of what `stored_predictions` returns, without reading it."""
    return current_file(
        run,
        dataset_id,
        mapping,
        lambda folder, chosen: predictions_path(folder, chosen, split, variant=variant_of(mapping)),
        trusts_empty=True,  # of a run of old, or of one that arrived
    )


def current_file(
    run: Run,
    dataset_id: str | None,
    mapping: Mapping[str, str],
    path_in: Callable[[Path, str], Path],
    *,
    trusts_empty: bool = False,
) -> Path | None:
    """Return the first file, of this home or of what ships, that was made by a run's present weights.

    `path_in` says where it would stand in a folder, under the name of the data set; `trusts_empty` takes one
    whose origin is not known.
    """
    chosen = stored_name(run, dataset_id)
    wanted = {origin_of(run, chosen, mapping=mapping), *([""] if trusts_empty else [])}
    for folder in dict.fromkeys((run.writable_folder, run.folder)):
        path = path_in(folder, chosen)
        if read_origin(path) in wanted:
            return path
    return None


def stored_name(run: Run, dataset_id: str | None) -> str:
    """Return under which name predictions for a data set are stored: its own as the run knows it.

    A data set that was renamed since is still the run's own.
    """
    own = run.config.dataset
    if dataset_id is None or dataset_id == own:
        return own
    return own if open_dataset(dataset_id).info.is_called(own) else dataset_id


def origin_of(run: Run, dataset_id: str, *, mapping: Mapping[str, str] = NO_MAPPING) -> str:
    """Return which weights, which state of another data set and which mapping predictions now come from."""
    origin = weights_origin(run.folder, run.card.best_epoch)
    if dataset_id != run.config.dataset:
        origin += f", data {open_dataset(dataset_id).info.revision}"
    variant = variant_of(mapping)
    return f"{origin}, classes {variant}" if variant else origin
