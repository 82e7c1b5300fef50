"""Start, stop and resume training runs, for the pages and the command line alike. No torch here."""

import shutil

from core.datasets.records import SPLIT_NAMES, UNLABELLED, DatasetInfo
from core.datasets.splits import hash_of, make_split
from core.datasets.store import Dataset, open_dataset
from core.errors import InvalidValueError, StateError
from core.jobs import control
from core.jobs.status import ALIVE, STATE_NAMES
from core.language import N_, Message
from core.models.catalog import MODELS
from core.runs.records import Parent
from core.runs.store import Run, create_run, open_run
from core.training.config import TrainingConfig, resolved_preprocessing
from core.workspace import replacing

WORKER = "core.training.worker"
KIND = "training"
_SIDE_NAMES = {"train": N_("training"), "val": N_("validation")}


def launch(config: TrainingConfig, *, parent: Parent | None = None, run_id: str | None = None) -> Run:
    """Write a new run folder and start its worker; the run is queued when this returns.

    Raises
    ------
    UserError
        No such data set or network, or a split that leaves a side empty. Nothing is left behind.
    """
    dataset = open_dataset(config.dataset)
    _check_classes(dataset.info)
    split = make_split(dataset.samples, config.split)
    for name in ("train", "val"):
        if not (split["split"] == name).any():
            text = N_("The split of '{dataset}' leaves no {side} images. Choose another split or add images.")
            raise InvalidValueError(text, dataset=config.dataset, side=Message(text=_SIDE_NAMES[name]))
    if config.pretrained and MODELS[config.model].pretrained is None:
        text = N_("'{model}' has no pretrained weights. Choose another network, or train from scratch.")
        raise InvalidValueError(text, model=config.model)
    run = create_run(
        _resolved(config, dataset),
        dataset_revision=dataset.info.revision,
        split_hash=hash_of(split),
        parent=parent,
        run_id=run_id,
    )
    try:
        with replacing(run.folder / "split.parquet") as temporary:
            split.to_parquet(temporary, index=False)
        control.start(run.folder, module=WORKER, kind=KIND)
    except BaseException:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


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


def split_counts(run: Run) -> dict[str, int]:
    """Return how many images of each split a run has."""
    counts = run.split()["split"].value_counts()
    return {name: int(counts.get(name, 0)) for name in SPLIT_NAMES}


def _check_classes(info: DatasetInfo) -> None:
    if n := info.class_counts.get(UNLABELLED, 0):
        text = N_("'{dataset}' has {n} images without a class; give each one a class on the page Data sets.")
        raise InvalidValueError(text, dataset=info.dataset_id, n=n)
    if len(info.class_names) < 2:
        text = N_("All images of '{dataset}' belong to one class; a network needs two to tell apart.")
        raise InvalidValueError(text, dataset=info.dataset_id)


def _resolved(config: TrainingConfig, dataset: Dataset) -> TrainingConfig:
    preprocessing = resolved_preprocessing(config, dataset.info.n_channels)
    return config.model_copy(update={"preprocessing": preprocessing})
