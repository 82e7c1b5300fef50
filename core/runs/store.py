"""Runs on disk: make one, find one, list them. Reading a run needs no torch."""

import os
import shutil
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from core.errors import InvalidValueError, NameTakenError, StateError, UnknownNameError
from core.jobs.status import ALIVE, EffectiveState, JobStatus, effective_state
from core.language import N_
from core.runs.metrics import read_metrics
from core.runs.origin import read_origin
from core.runs.reading import is_run_folder, read_request, read_run_status, refusal
from core.runs.records import Environment, EpochMetrics, ModelCard, Parent, RunRequest
from core.training.config import TrainingConfig
from core.validation import field_of, reason_of
from core.workspace import (
    SHIPPED_RUNS,
    crossvalidations_dir,
    home,
    is_valid_name,
    runs_dir,
    sweeps_dir,
    write_text,
)

INTENDED_USE = N_(
    "For teaching and demonstration only, never for diagnosis. Made with Lightbox; not tested on patients it"
    " will meet."
)


@dataclass(frozen=True)
class Run:
    """One run folder. What it reads is read when asked for; `status` and `state` are read anew each time."""

    run_id: str
    folder: Path

    @cached_property
    def request(self) -> RunRequest:
        """What was asked for; StateError where config.json cannot be used here."""
        return read_request(self.folder)

    @property
    def config(self) -> TrainingConfig:
        """The configuration that was asked for."""
        return self.request.config

    @property
    def status(self) -> JobStatus:
        """What the worker last said; StateError where status.json cannot be used here."""
        return read_run_status(self.folder)

    @property
    def state(self) -> EffectiveState:
        """The true state: "interrupted" where the worker is gone."""
        return effective_state(self.folder, self.status)

    @property
    def is_shipped(self) -> bool:
        """Whether the run came with Lightbox, and is read only where the home is elsewhere."""
        return self.folder.parent == SHIPPED_RUNS and self.run_id == DEMO_RUN

    @property
    def is_fold(self) -> bool:
        """Whether a cross-validation or a sweep trains it, which also lets it go on (core.experiments)."""
        group = self.request.group
        folders = (crossvalidations_dir(), sweeps_dir())
        return group is not None and any((folder / group / "config.json").exists() for folder in folders)

    @property
    def came_alone(self) -> bool:
        """Whether it came from elsewhere as a model: weights and card, with neither images nor a curve."""
        origin = read_origin(self.folder)
        return origin is not None and origin.kind == "model"

    @property
    def writable_folder(self) -> Path:
        """Where later files of this run go: its own folder, or one of the same name in this user's home."""
        return runs_dir() / self.run_id

    @property
    def has_model(self) -> bool:
        """Whether an epoch has ended, so that there are weights to use."""
        names = ("best.safetensors", "model.json")
        return all(os.path.isfile(f"{self.folder}/{name}") for name in names)

    @property
    def card(self) -> ModelCard:
        """The model card; StateError before the first epoch has ended, or where the card is no card."""
        if not self.has_model:
            text = N_("'{run}' has no trained network yet: no epoch has ended. Train it on first.")
            raise StateError(text, run=self.run_id)
        path = self.folder / "model.json"
        try:
            return ModelCard.model_validate_json(path.read_bytes())
        except OSError as error:
            raise refusal(path, error) from None
        except ValidationError as error:
            details = error.errors()[0]
            text = N_("The card of '{run}' cannot be used: '{field}' is not right: {reason}.")
            reason = reason_of(details)
            raise StateError(text, run=self.run_id, field=field_of(details), reason=reason) from None

    @property
    def environment(self) -> Environment | None:
        """The machine the run was made on, None before it began, and where nobody can read it."""
        try:
            return Environment.model_validate_json((self.folder / "env.json").read_bytes())
        except (OSError, ValidationError):
            return None

    @property
    def epochs(self) -> list[EpochMetrics]:
        """The finished epochs, in order."""
        return [line for line in read_metrics(self.folder).lines if isinstance(line, EpochMetrics)]

    def split(self) -> pd.DataFrame:
        """Return the split itself: sample_id, label as used, split; StateError where it cannot be read."""
        path = self.folder / "split.parquet"
        try:
            return pd.read_parquet(path)[["sample_id", "label", "split"]]
        except OSError as error:
            raise refusal(path, error) from None
        except (ValueError, KeyError):  # Arrow's own are ValueErrors
            text = N_("'{file}' of '{run}' is no table of a split: it is torn, or another program wrote it.")
            raise StateError(text, file=path.name, run=self.run_id) from None


DEMO_RUN = "demo-phantoms"


def create_run(
    config: TrainingConfig,
    *,
    dataset_revision: str,
    split_hash: str | None = None,
    parent: Parent | None = None,
    run_id: str | None = None,
    group: str | None = None,
    pinned: tuple[int, ...] | None = None,
) -> Run:
    """Make the folder of a new run with its request; nothing is trained yet.

    Parameters
    ----------
    config
        What to do; its preprocessing is filled in.
    dataset_revision
        The state of the data set that the run will read.
    split_hash
        Of its split: two runs with the same hash were judged on the same images.
    parent
        The run it came from.
    run_id
        A name; by default the data set, the network and a number.
    group
        What it is made for together with other runs: the folds of a cross-validation.
    pinned
        The cases that it follows from epoch to epoch; None: chosen by a rule.

    Raises
    ------
    InvalidValueError, NameTakenError
        The name cannot be a run's, or is one already.
    """
    folder = _numbered_folder(config) if run_id is None else _named_folder(run_id)
    request = RunRequest(
        config=config,
        dataset_revision=dataset_revision,
        split_hash=split_hash,
        parent=parent,
        group=group,
        pinned=pinned,
    )
    write_text(folder / "config.json", request.model_dump_json(indent=1) + "\n")
    return Run(folder.name, folder)


def open_run(run_id: str) -> Run:
    """Return a run by name, this user's or the one that ships.

    Raises
    ------
    UnknownNameError
        There is none.
    StateError
        There is one, but its request or its status cannot be used here; the text says why.
    """
    folder = next((folder for folder in _places(run_id) if is_run_folder(folder)), None)
    if folder is None:
        raise UnknownNameError(N_("run"), run_id, [run.run_id for run in list_runs()])
    run = Run(run_id, folder)
    _ = run.request, run.status
    return run


def list_runs() -> list[Run]:
    """Return all runs that can be used, newest first, the one that ships last.

    What is wrong with the others says core.evaluation.index.
    """
    found = [opened for folder in run_folders() if (opened := _opened(folder))]
    return [run for _is_own, _created_at, run in sorted(found, key=lambda each: each[:2], reverse=True)]


def delete_run(run: Run) -> None:
    """Delete a run with all that is in it; it is out of the list in one step.

    Raises
    ------
    StateError
        The run is at work, or came with Lightbox.
    """
    if run.is_shipped:
        raise StateError(N_("'{run}' ships with Lightbox and cannot be deleted."), run=run.run_id)
    if run.state in ALIVE:
        raise StateError(N_("'{run}' is still at work; stop it first."), run=run.run_id)
    doomed = run.folder.with_name(f".deleted-{uuid.uuid4().hex}")
    run.folder.rename(doomed)
    shutil.rmtree(doomed)


def run_folders() -> list[Path]:
    """Return the folders of all runs, broken ones too, by name."""
    found: dict[str, Path] = {}
    for root in dict.fromkeys((runs_dir(), SHIPPED_RUNS)):
        only_demo = root == SHIPPED_RUNS and home() != SHIPPED_RUNS.parent
        for name in (DEMO_RUN,) if only_demo else _names_in(root):
            if name not in found and is_run_folder(root / name):
                found[name] = root / name
    return list(found.values())


def _places(run_id: str) -> list[Path]:
    """Return where a run of this name would be; nowhere outside of the two folders of runs."""
    if run_id != Path(run_id).name or run_id.startswith("."):
        return []
    return [runs_dir() / run_id, *([SHIPPED_RUNS / run_id] if run_id == DEMO_RUN else [])]


def _names_in(root: Path) -> list[str]:
    try:
        return sorted(name for name in os.listdir(root) if not name.startswith("."))
    except FileNotFoundError:
        return []


def _opened(folder: Path) -> tuple[bool, str, Run] | None:
    """Return a run with what runs are sorted by; None where it cannot be used, or has just been deleted."""
    run = Run(folder.name, folder)
    try:
        _ = run.request  # stays with the run, also when its folder goes
        return not run.is_shipped, run.status.created_at, run
    except StateError:
        return None


def _named_folder(run_id: str) -> Path:
    if not is_valid_name(run_id):
        text = N_(
            "'{name}' cannot name a run: use lower-case letters, digits, '_', '-' and '.', at most 64,"
            " beginning with a letter or a digit."
        )
        raise InvalidValueError(text, name=run_id)
    folder = runs_dir() / run_id
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise NameTakenError(N_("run"), run_id) from None
    return folder


def _numbered_folder(config: TrainingConfig) -> Path:
    """Make a folder with the first free number; two processes at once get two."""
    runs_dir().mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = runs_dir() / f"{config.dataset[:40]}-{config.model}-{number:03d}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder
