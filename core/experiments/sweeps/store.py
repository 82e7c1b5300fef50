"""Sweeps on disk: start one, find one, stop it, let it go on, delete it. No torch, no optuna here.

LIGHTBOX_HOME/sweeps/<name>/ has config.json, split.parquet (who trains and who judges, the same for all
trials), journal.log (Optuna's: every trial and what it reported) and workers/<name>-worker-<k>/, each a job.
A trial is a run as any other, <name>-trial-<number>; what it belongs to stands in its request.
"""

import shutil
import uuid
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import ValidationError

from core.datasets.splits import hash_of
from core.datasets.store import open_dataset
from core.errors import NameTakenError, StateError, UnknownNameError, UserError
from core.experiments.sweeps.journal import read_trials
from core.experiments.sweeps.points import config_of
from core.experiments.sweeps.records import KIND, SweepRequest, TrialRecord, checked_request
from core.jobs import control
from core.jobs.status import ALIVE, STATE_NAMES, EffectiveState, JobStatus, effective_state, read_status
from core.language import N_, Message
from core.runs.records import Parent
from core.runs.store import Run, delete_run, open_run
from core.training.config import TrainingConfig, facts_of
from core.training.launch import checked_split, make_run
from core.workspace import replacing, runs_dir, sweeps_dir, write_text

WORKER: Final = "core.experiments.sweeps.worker"
_ENDED: Final = ("done", "pruned", "failed")


@dataclass(frozen=True)
class Sweep:
    """One sweep; what it reads of trials and workers is read anew each time."""

    name: str
    folder: Path

    @cached_property
    def request(self) -> SweepRequest:
        """What was asked for."""
        return SweepRequest.model_validate_json((self.folder / "config.json").read_bytes())

    @cached_property
    def split(self) -> pd.DataFrame:
        """Return the split of all trials: sample_id, label, split."""
        return pd.read_parquet(self.folder / "split.parquet")

    @property
    def worker_folders(self) -> tuple[Path, ...]:
        """The folders of its workers, there or not."""
        numbers = range(1, self.request.n_workers + 1)
        return tuple(self.folder / "workers" / f"{self.name}-worker-{number}" for number in numbers)

    def workers(self) -> dict[str, EffectiveState]:
        """Return the true state of each worker that was launched, by its name."""
        states = {folder.name: _state(folder) for folder in self.worker_folders}
        return {name: state for name, state in states.items() if state is not None}

    def trials(self) -> tuple[TrialRecord, ...]:
        """Return the trials, read from the beginning of the journal."""
        return read_trials(self.folder)

    @property
    def state(self) -> EffectiveState:
        """The state of the whole: see `state_of`."""
        return state_of(self, self.trials())

    def run_name(self, number: int) -> str:
        """Return the name of the run of trial `number`, which counts from 0; the run may not be there."""
        return f"{self.name}-trial-{number + 1:03d}"

    def run(self, number: int) -> Run | None:
        """Return the run of a trial; None where it was not made yet, was deleted or cannot be read."""
        try:
            found = open_run(self.run_name(number))
        except UserError:
            return None
        return found if found.request.group == self.name else None

    def config_of(self, trial: TrialRecord) -> TrainingConfig:
        """Return what is trained in a trial whose settings are known."""
        return config_of(self.request.config, trial.point)


def state_of(sweep: Sweep, trials: tuple[TrialRecord, ...]) -> EffectiveState:
    """Return the state of a sweep: that of its liveliest worker, "completed" once all trials have ended."""
    if len(trials) == sweep.request.n_trials and all(trial.state in _ENDED for trial in trials):
        return "completed"
    states = set(sweep.workers().values())
    order: tuple[EffectiveState, ...] = ("running", "paused", "queued", "interrupted", "failed", "stopped")
    return next((state for state in order if state in states), "interrupted")


def start_sweep(request: SweepRequest) -> Sweep:
    """Check a request, write the folder of a sweep and start its workers.

    Raises
    ------
    UserError
        What `checked_request` refuses, no such data set, or a split that cannot be trained on. Nothing is
        left behind.
    """
    dataset = open_dataset(request.config.dataset)
    split = checked_split(request.config, dataset)
    # A trial is one of many and nobody branches from its epochs: their files would fill the disk.
    config = request.config.model_copy(update={"keep_epochs": "none"})
    changes = {"config": config, "dataset_revision": dataset.info.revision}
    checked = checked_request(request.model_copy(update=changes), facts_of(dataset.info, split))
    folder = _new_folder(config.dataset)
    sweep = Sweep(folder.name, folder)
    try:
        with replacing(folder / "split.parquet") as temporary:
            split.to_parquet(temporary, index=False)
        write_text(folder / "config.json", checked.model_dump_json(indent=1) + "\n")
        _launch(sweep)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return sweep


def open_sweep(name: str) -> Sweep:
    """Return a sweep by name; UnknownNameError if there is none."""
    folder = sweeps_dir() / name
    if name and not name.startswith(".") and "/" not in name and (folder / "config.json").exists():
        return Sweep(name, folder)
    raise UnknownNameError(N_("sweep"), name, [one.name for one in list_sweeps()])


def list_sweeps() -> list[Sweep]:
    """Return all sweeps that can be read, newest first."""
    found = []
    for folder in sweeps_dir().glob("[!.]*"):
        one = Sweep(folder.name, folder)
        try:
            created = (one.request, (folder / "config.json").stat().st_mtime_ns)[1]
        except (OSError, ValidationError):  # about to be written or deleted, or by another Lightbox
            continue
        found.append((created, folder.name, one))
    return [one for *_order, one in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def stop_sweep(name: str) -> Sweep:
    """Ask every worker to stop at its next batch; the trials at work are kept as they are.

    Raises
    ------
    StateError
        No worker is at work.
    """
    one = open_sweep(name)
    alive = [folder for folder in one.worker_folders if _state(folder) in ALIVE]
    if not alive:
        state = Message(text=STATE_NAMES[one.state])
        raise StateError(N_("'{name}' is not running: it is {state}."), name=name, state=state)
    for folder in alive:
        (folder / "stop").touch()
    return one


def resume_sweep(name: str) -> Sweep:
    """Start the workers that are not at work: first they take up the trials that others left.

    Raises
    ------
    StateError
        All workers are at work, all trials have ended, or the data set has changed since.
    """
    one = open_sweep(name)
    if one.state == "completed":
        raise StateError(N_("'{name}' has ended; start a new sweep instead."), name=name)
    if all(_state(folder) in ALIVE for folder in one.worker_folders):
        state = Message(text=STATE_NAMES[one.state])
        raise StateError(N_("'{run}' is already {state}."), run=name, state=state)
    dataset = one.request.config.dataset
    if open_dataset(dataset).info.revision != one.request.dataset_revision:
        text = N_("The data set '{dataset}' has changed since '{name}' began; start a new one instead.")
        raise StateError(text, dataset=dataset, name=name)
    _launch(one)
    return one


def delete_sweep(name: str, *, with_runs: bool = False) -> None:
    """Delete a sweep; its runs stay and belong to nothing, or go with it.

    Raises
    ------
    StateError
        A worker is at work.
    """
    one = open_sweep(name)
    if any(_state(folder) in ALIVE for folder in one.worker_folders):
        raise StateError(N_("'{run}' is still at work; stop it first."), run=name)
    runs = [one.run(trial.number) for trial in one.trials()] if with_runs else []
    doomed = one.folder.with_name(f".deleted-{uuid.uuid4().hex}")
    one.folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)
    for run in runs:
        if run is not None:
            delete_run(run)


def interrupted() -> list[Sweep]:
    """Return the sweeps with trials left whose processes are all gone, oldest first.

    The journal is read only where a worker was interrupted: the page of all runs asks this each time.
    """
    found = [one for one in reversed(list_sweeps()) if "interrupted" in one.workers().values()]
    return [one for one in found if one.state == "interrupted"]


def make_trial(sweep: Sweep, trial: TrialRecord) -> Run:
    """Return the run of a trial, made if it is not there; it has a status only once it was queued.

    Raises
    ------
    NameTakenError
        Another run has its name.
    StateError
        The images or the split that it would have are not those of the sweep.
    """
    folder = runs_dir() / sweep.run_name(trial.number)
    if (folder / "status.json").exists():
        run = Run(folder.name, folder)
        if run.request.group != sweep.name:
            raise NameTakenError(N_("run"), folder.name)
        return run
    shutil.rmtree(folder, ignore_errors=True)  # killed while it was made: nothing was trained in it
    base = sweep.request.base_run
    parent = None if base is None else Parent(run=base)
    run = make_run(sweep.config_of(trial), run_id=folder.name, group=sweep.name, parent=parent)
    asked = (sweep.request.dataset_revision, hash_of(sweep.split))
    if (run.request.dataset_revision, run.request.split_hash) != asked:
        shutil.rmtree(folder, ignore_errors=True)
        text = N_("The data set '{dataset}' has changed since '{name}' began; start a new one instead.")
        raise StateError(text, dataset=run.config.dataset, name=sweep.name)
    return run


def _launch(sweep: Sweep) -> None:
    for folder in sweep.worker_folders:
        if _state(folder) not in ALIVE:
            folder.mkdir(parents=True, exist_ok=True)
            control.start(folder, module=WORKER, kind=KIND)


def status_of(folder: Path) -> JobStatus | None:
    """Return what a worker last said; None where it was never launched, or its status is no status."""
    try:
        return read_status(folder)
    except (FileNotFoundError, ValidationError):
        return None


def _state(folder: Path) -> EffectiveState | None:
    status = status_of(folder)
    return None if status is None else effective_state(folder, status)


def _new_folder(dataset_id: str) -> Path:
    sweeps_dir().mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = sweeps_dir() / f"{dataset_id[:40]}-sweep-{number:03d}"
        if any(runs_dir().glob(f"{folder.name}-trial-*")):  # left over from one that was deleted
            continue
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("count() never ends")
