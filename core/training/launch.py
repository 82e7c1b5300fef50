"""Start, stop and resume training runs, for the pages and the command line alike. No torch here."""

import shutil
from contextlib import suppress

import pandas as pd

from core.datasets.records import SPLIT_NAMES
from core.datasets.splits import hash_of, make_split
from core.datasets.store import Dataset, open_dataset
from core.errors import StateError, UserError
from core.jobs import control
from core.jobs.status import ALIVE, STATE_NAMES
from core.language import N_, Message
from core.runs.origin import read_origin
from core.runs.pins import check_pins, last_pinned, pinned_cases
from core.runs.records import Parent
from core.runs.store import Run, create_run, list_runs, open_run
from core.training.config import TrainingConfig, facts_of, refuse_problems, resolved_preprocessing
from core.training.weight_sources import source_of
from core.workspace import replacing

WORKER = "core.training.worker"
KIND = "training"


def launch(
    config: TrainingConfig,
    *,
    parent: Parent | None = None,
    run_id: str | None = None,
    group: str | None = None,
    pinned: tuple[int, ...] | None = None,
) -> Run:
    """Write a new run folder and start its worker; the run is queued when this returns.

    `group` names what it is made for together with other runs; `pinned` are the cases to follow from epoch to
    epoch (see core.runs.pins), by default those that somebody pinned for the parent, or last for a run of the
    data set.

    Raises
    ------
    UserError
        No such data set, or what `problems` finds in the config and its data. Nothing is left behind.
    """
    run = make_run(config, parent=parent, run_id=run_id, group=group, pinned=pinned)
    try:
        control.start(run.folder, module=WORKER, kind=KIND)
    except BaseException:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def make_run(
    config: TrainingConfig,
    *,
    parent: Parent | None = None,
    run_id: str | None = None,
    group: str | None = None,
    pinned: tuple[int, ...] | None = None,
) -> Run:
    """Write a new run folder as `launch` does, and start nothing: it is no run yet, for it has no status."""
    dataset = open_dataset(config.dataset)
    split = checked_split(config, dataset)
    if pinned is not None:
        check_pins(split, pinned)
    run = create_run(
        _resolved(config, dataset),
        dataset_revision=dataset.info.revision,
        split_hash=hash_of(split),
        parent=parent,
        run_id=run_id,
        group=group,
        pinned=pinned or _pinned_before(parent, dataset, split),
    )
    try:
        with replacing(run.folder / "split.parquet") as temporary:
            split.to_parquet(temporary, index=False)
    except BaseException:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def _pinned_before(parent: Parent | None, dataset: Dataset, split: pd.DataFrame) -> tuple[int, ...] | None:
    """Return the cases that a person pinned before, but those that this split seals or leaves out."""
    with suppress(UserError):  # the parent is gone
        found = last_pinned(dataset) if parent is None else pinned_cases(open_run(parent.run))
        open_ids = set(split.loc[split["split"] != "test", "sample_id"])
        return tuple(case for case in found or () if case in open_ids) or None
    return None


def checked_split(config: TrainingConfig, dataset: Dataset) -> pd.DataFrame:
    """Return the split of a config, once nothing stands in the way of training it; raises as `launch`."""
    refuse_problems(config, facts_of(dataset.info))  # first: an empty class can stand in the way of a split
    split = make_split(dataset.samples, config.split)
    refuse_problems(config, facts_of(dataset.info, split))
    if config.weights_from:
        source_of(config.weights_from, config.model)  # now: the worker would find out with a run in place
    return split


def stop(run_id: str) -> Run:
    """Ask a run to stop at its next batch; StateError if it is not running."""
    run = open_run(run_id)
    control.request_stop(run.folder)
    return run


def resume(run_id: str) -> Run:
    """Let a stopped, failed or interrupted run go on from its last save.

    Raises
    ------
    StateError
        The run is at work, has ended, came with Lightbox, or its data set has changed since.
    """
    run = open_run(run_id)
    state = run.state
    if read_origin(run.folder) is not None:
        text = N_(
            "'{run}' came from another Lightbox, without the state that it would go on from; start a new run"
            " from its settings instead."
        )
        raise StateError(text, run=run_id)
    if state in ALIVE:
        text = N_("'{run}' is already {state}.")
        raise StateError(text, run=run_id, state=Message(text=STATE_NAMES[state]))
    if state == "completed" or run.is_shipped:
        raise StateError(N_("'{run}' has ended; start a new run from its settings instead."), run=run_id)
    revision = open_dataset(run.config.dataset).info.revision
    if revision != run.request.dataset_revision:
        text = N_("The data set '{dataset}' has changed since '{run}' began; start a new run instead.")
        raise StateError(text, dataset=run.config.dataset, run=run_id)
    control.start(run.folder, module=WORKER, kind=KIND)
    return run


def interrupted() -> list[Run]:
    """Return the runs whose process is gone, oldest first: as they were queued.

    Those of a cross-validation are left out: they go on with it.
    """
    runs = (run for run in reversed(list_runs()) if not run.is_shipped)
    return [run for run in runs if _is_interrupted(run) and not run.is_fold]


def resume_all() -> list[Run]:
    """Let every interrupted run go on, and return those; one whose data set has changed is left as it is."""
    resumed = []
    for run in interrupted():
        with suppress(UserError):
            resumed.append(resume(run.run_id))
    return resumed


def split_counts(run: Run) -> dict[str, int]:
    """Return how many images of each split a run has."""
    counts = run.split()["split"].value_counts()
    return {name: int(counts.get(name, 0)) for name in SPLIT_NAMES}


def _is_interrupted(run: Run) -> bool:
    try:
        return run.state == "interrupted"
    except StateError:  # deleted since it was listed
        return False


def _resolved(config: TrainingConfig, dataset: Dataset) -> TrainingConfig:
    preprocessing = resolved_preprocessing(config, dataset.info.n_channels)
    return config.model_copy(update={"preprocessing": preprocessing})
