"""The best trial of a sweep, and how it becomes a run like any other. No torch, no optuna."""

import os
import shutil
import uuid
from pathlib import Path
from typing import Final

from core.errors import InvalidValueError, NameTakenError, StateError
from core.experiments.sweeps.records import SweepRequest, TrialRecord
from core.experiments.sweeps.store import Sweep
from core.jobs.status import now, read_status, write_status
from core.language import N_
from core.runs.store import Run
from core.workspace import is_valid_name, runs_dir, write_text

# Each is only ever replaced by a whole new file, so that two names for one file are safe and cost no room.
_LINKED: Final = frozenset({".pt", ".safetensors", ".parquet", ".npz", ".npy"})
_LEFT: Final = ("lock", "stop", "log.txt", "notes.json", ".*")


def best_trial(trials: tuple[TrialRecord, ...], request: SweepRequest) -> TrialRecord | None:
    """Return the trial with the best score among those that ended by themselves; the first of equal ones."""
    done = [trial for trial in trials if trial.value is not None]
    if not done:
        return None
    sign = 1.0 if request.lower_is_better else -1.0
    return min(done, key=lambda trial: (sign * (trial.value or 0.0), trial.number))


def n_candidates(trials: tuple[TrialRecord, ...]) -> int:
    """Return how many trials the best was chosen among: a pruned one lost on the same images."""
    return sum(trial.value is not None or trial.state == "pruned" for trial in trials)


def keep_as_run(sweep: Sweep, number: int, name: str) -> Run:
    """Give a trial's run a second name under which it belongs to no sweep: deleting one leaves the other.

    Weights are linked, not copied, where the disk can do that.

    Raises
    ------
    StateError
        The trial has no run that has ended by itself.
    InvalidValueError, NameTakenError
        The name cannot be a run's, or is one already.
    """
    run = sweep.run(number)
    if run is None or run.state != "completed":
        text = N_("Trial {number} has no run that has ended: it cannot be kept.")
        raise StateError(text, number=number + 1)
    if not is_valid_name(name):
        text = N_(
            "'{name}' cannot name a run: use lower-case letters, digits, '_', '-' and '.', at most 64,"
            " beginning with a letter or a digit."
        )
        raise InvalidValueError(text, name=name)
    if (runs_dir() / name).exists():
        raise NameTakenError(N_("run"), name)
    folder = runs_dir() / f".keeping-{uuid.uuid4().hex}"
    try:
        shutil.copytree(
            run.folder, folder, copy_function=_link_or_copy, ignore=shutil.ignore_patterns(*_LEFT)
        )
        _rename(run, folder, name)
        folder.rename(runs_dir() / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Run(name, runs_dir() / name)


def free_name(sweep: Sweep) -> str:
    """Return a name for the best trial's run that is not taken."""
    stem = f"{sweep.name}-best"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not (runs_dir() / name).exists())


def _rename(run: Run, folder: Path, name: str) -> None:
    """Write the new name wherever the run's name stands, and leave the sweep out."""
    request = run.request.model_copy(update={"group": None})
    write_text(folder / "config.json", request.model_dump_json(indent=1) + "\n")
    if run.has_model:
        card = run.card.model_copy(update={"run": name})
        write_text(folder / "model.json", card.model_dump_json(indent=1) + "\n")
    moment = now()
    status = read_status(run.folder).model_copy(
        update={"created_at": moment, "launched_at": moment, "place": None, "queue": None}
    )
    write_status(folder, status)


def _link_or_copy(source: str, target: str) -> str:
    if Path(source).suffix in _LINKED:
        try:
            os.link(source, target)
        except OSError:  # a disk without links, or another one
            pass
        else:
            return target
    return str(shutil.copy2(source, target))
