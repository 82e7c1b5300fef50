"""Cross-validations on disk: start one, find one, stop it, let it go on. No torch here.

LIGHTBOX_HOME/crossvalidations/<name>/ is one job: config.json, status.json, lock, log.txt, and at its end
result.json. Each of its trainings is a run as any other, <name>-fold-<number>, which can be looked at while
it learns; what they belong to stands in their request. Deleting such a run takes nothing from a result.
"""

import shutil
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from core.datasets.store import open_dataset
from core.errors import NameTakenError, StateError, UnknownNameError
from core.experiments.folds_records import KIND, FoldsRequest, FoldsResult
from core.jobs import control
from core.jobs.status import ALIVE, STATE_NAMES, EffectiveState, JobStatus, effective_state, read_status
from core.language import N_, Message
from core.runs.store import Run, open_run
from core.training.config import TrainingConfig
from core.training.launch import checked_split, make_run
from core.workspace import crossvalidations_dir, runs_dir, write_text

WORKER: Final = "core.experiments.folds_worker"


@dataclass(frozen=True)
class CrossValidation:
    """One cross-validation; `status`, `state` and `result` are read anew each time."""

    name: str
    folder: Path

    @cached_property
    def request(self) -> FoldsRequest:
        """What was asked for."""
        return FoldsRequest.model_validate_json((self.folder / "config.json").read_bytes())

    @property
    def status(self) -> JobStatus:
        """What the worker last said."""
        return read_status(self.folder)

    @property
    def state(self) -> EffectiveState:
        """The true state: "interrupted" where the worker is gone."""
        return effective_state(self.folder)

    @property
    def result(self) -> FoldsResult | None:
        """What it found; None before its end."""
        try:
            return FoldsResult.model_validate_json((self.folder / "result.json").read_bytes())
        except FileNotFoundError:
            return None

    def config_of(self, fold: int) -> TrainingConfig:
        """Return what is trained with fold `fold` (from 1) as its test part."""
        return fold_config(self.request.config, self.request.n_folds, fold)

    def run_name(self, fold: int) -> str:
        """Return the name of a fold's run, there or not."""
        return f"{self.name}-fold-{fold}"

    def runs(self) -> dict[int, Run]:
        """Return the runs that are there by their fold, from 1."""
        found: dict[int, Run] = {}
        for fold in range(1, self.request.n_folds + 1):
            try:
                run = open_run(self.run_name(fold))
            except UnknownNameError:
                continue
            if run.request.group == self.name:
                found[fold] = run
        return found


def fold_config(config: TrainingConfig, n_folds: int, fold: int) -> TrainingConfig:
    """Return a config whose split holds fold `fold` out: the next one is the validation, the rest trains."""
    split = config.split.model_copy(update={"scheme": "k-fold", "n_folds": n_folds, "fold": fold})
    return config.model_copy(update={"split": split})


def cross_validate(config: TrainingConfig, *, n_folds: int = 5) -> CrossValidation:
    """Start a cross-validation in a process of its own.

    Raises
    ------
    UserError
        No such data set, or what stands in the way of training one of the folds: more folds than patients,
        a fold without images. Nothing is left behind.
    """
    dataset = open_dataset(config.dataset)
    for fold in range(1, n_folds + 1):
        checked_split(fold_config(config, n_folds, fold), dataset)
    request = FoldsRequest(config=config, n_folds=n_folds, dataset_revision=dataset.info.revision)
    folder = _new_folder(config.dataset)
    try:
        write_text(folder / "config.json", request.model_dump_json(indent=1) + "\n")
        control.start(folder, module=WORKER, kind=KIND)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return CrossValidation(folder.name, folder)


def open_crossvalidation(name: str) -> CrossValidation:
    """Return a cross-validation by name; UnknownNameError if there is none."""
    known = list_crossvalidations()
    for one in known:
        if one.name == name:
            return one
    raise UnknownNameError(N_("cross-validation"), name, [one.name for one in known])


def list_crossvalidations() -> list[CrossValidation]:
    """Return all cross-validations, newest first."""
    found = []
    for folder in crossvalidations_dir().glob("[!.]*"):
        one = CrossValidation(folder.name, folder)
        try:
            created = (one.request, one.status.created_at)[1]
        except (FileNotFoundError, ValidationError):  # about to be written, or by another Lightbox
            continue
        found.append((created, folder.name, one))
    return [one for *_order, one in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def stop(name: str) -> CrossValidation:
    """Ask a cross-validation, and so the fold at work, to stop at its next batch."""
    one = open_crossvalidation(name)
    control.request_stop(one.folder)
    return one


def resume(name: str) -> CrossValidation:
    """Let a stopped, failed or interrupted cross-validation go on with the fold that was at work.

    Raises
    ------
    StateError
        It is at work, has ended, or its data set has changed since.
    """
    one = open_crossvalidation(name)
    state = one.state
    if state in ALIVE:
        raise StateError(N_("'{run}' is already {state}."), run=name, state=Message(text=STATE_NAMES[state]))
    if state == "completed":
        raise StateError(N_("'{name}' has ended; start a new cross-validation instead."), name=name)
    dataset = one.request.config.dataset
    if open_dataset(dataset).info.revision != one.request.dataset_revision:
        text = N_("The data set '{dataset}' has changed since '{name}' began; start a new one instead.")
        raise StateError(text, dataset=dataset, name=name)
    control.start(one.folder, module=WORKER, kind=KIND)
    return one


def interrupted() -> list[CrossValidation]:
    """Return the cross-validations whose process is gone, oldest first."""
    return [one for one in reversed(list_crossvalidations()) if one.state == "interrupted"]


def make_fold(one: CrossValidation, fold: int) -> Run:
    """Return the run of a fold, made if it is not there; it has a status only once it was queued.

    Raises
    ------
    NameTakenError
        Another run has its name.
    """
    folder = runs_dir() / one.run_name(fold)
    if (folder / "status.json").exists():
        run = Run(folder.name, folder)
        if run.request.group != one.name:
            raise NameTakenError(N_("run"), folder.name)
        return run
    shutil.rmtree(folder, ignore_errors=True)  # killed while it was made: nothing was trained in it
    return make_run(one.config_of(fold), run_id=folder.name, group=one.name)


def _new_folder(dataset_id: str) -> Path:
    crossvalidations_dir().mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = crossvalidations_dir() / f"{dataset_id[:40]}-folds-{number:03d}"
        if any(runs_dir().glob(f"{folder.name}-fold-*")):  # left over from one that was deleted
            continue
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("count() never ends")
