"""The trash of runs: a deleted run waits there, whole, until it is put back or the trash is emptied.

checkpoints/.trash/ holds a folder a run, named NAME@MILLISECONDS after the moment of its deletion. A run goes
in and comes out in one step, a rename.
"""

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.errors import StateError, StorageError, UnknownNameError
from core.jobs.status import ALIVE
from core.language import N_
from core.runs.reading import is_run_folder
from core.runs.store import DEMO_RUN, Run
from core.workspace import runs_dir

KEPT_DAYS: Final = 30


@dataclass(frozen=True)
class Deleted:
    """A run in the trash: what it was called, and when it was deleted (ISO 8601, UTC)."""

    run_id: str
    deleted_at: str
    folder: Path


def throw_away(run_id: str) -> Deleted:
    """Move a run to the trash, in one step; a broken one too.

    Raises
    ------
    UnknownNameError
        There is no such run any more.
    StateError
        It is at work, or came with Lightbox.
    StorageError
        The system refuses it.
    """
    run = _run_of_this_home(run_id)
    if run.is_shipped:
        raise StateError(N_("'{run}' ships with Lightbox and cannot be deleted."), run=run_id)
    if _is_at_work(run):
        raise StateError(N_("'{run}' is still at work; stop it first."), run=run_id)
    _trash_dir().mkdir(parents=True, exist_ok=True)
    moment = time.time_ns() // 1_000_000
    while (place := _trash_dir() / f"{run_id}@{moment}").exists():
        moment += 1
    try:
        run.folder.rename(place)
    except FileNotFoundError:  # somebody else was quicker
        raise UnknownNameError(N_("run"), run_id, []) from None
    except OSError as error:  # a folder that is not ours to move
        raise StorageError(error) from None
    return Deleted(run_id, _as_time(moment), place)


def list_deleted() -> list[Deleted]:
    """Return the runs in the trash, the last deleted first."""
    try:
        names = os.listdir(_trash_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [one for name in names if (one := _deleted(_trash_dir() / name))]
    return sorted(found, key=lambda one: one.deleted_at, reverse=True)


def put_back(deleted: Deleted) -> Run:
    """Put a run back where it was, in one step.

    Raises
    ------
    StateError
        Its name has been taken meanwhile, or it is no longer in the trash.
    """
    place = runs_dir() / deleted.run_id
    if os.path.lexists(place):
        text = N_("'{run}' cannot be put back: another run has taken its name. Delete that one first.")
        raise StateError(text, run=deleted.run_id)
    try:
        deleted.folder.rename(place)
    except FileNotFoundError:
        text = N_("'{run}' is no longer in the trash: it was put back, or deleted for good.")
        raise StateError(text, run=deleted.run_id) from None
    return Run(deleted.run_id, place)


def last_deleted(run_id: str) -> Deleted:
    """Return the run of this name that was deleted last; UnknownNameError if none is in the trash."""
    found = list_deleted()
    for one in found:
        if one.run_id == run_id:
            return one
    raise UnknownNameError(N_("deleted run"), run_id, dict.fromkeys(one.run_id for one in found))


def empty(*deleted: Deleted) -> None:
    """Delete runs for good: those that are named, or all that are in the trash.

    Raises
    ------
    StorageError
        The system refuses it; what can go goes.
    """
    refused = None
    for one in deleted or list_deleted():
        try:
            shutil.rmtree(one.folder)
        except FileNotFoundError:  # somebody else was quicker
            continue
        except OSError as error:
            refused = StorageError(error)
    if refused is not None:
        raise refused


def empty_old(*, days: float = KEPT_DAYS) -> None:
    """Delete for good what has been in the trash for longer than so many days."""
    limit = _as_time(int((time.time() - days * 24 * 3600) * 1000))
    if old := [one for one in list_deleted() if one.deleted_at < limit]:
        with suppress(StorageError):
            empty(*old)


def _trash_dir() -> Path:
    return runs_dir() / ".trash"


def _run_of_this_home(run_id: str) -> Run:
    folder = runs_dir() / run_id
    is_name = run_id == Path(run_id).name and not run_id.startswith(".")
    if is_name and is_run_folder(folder):
        return Run(run_id, folder)
    if run_id == DEMO_RUN:
        raise StateError(N_("'{run}' ships with Lightbox and cannot be deleted."), run=run_id)
    raise UnknownNameError(N_("run"), run_id, [])


def _is_at_work(run: Run) -> bool:
    """Tell whether a worker writes to a run; one whose status cannot be read has nobody who could go on."""
    try:
        return run.state in ALIVE
    except StateError:
        return False


def _deleted(folder: Path) -> Deleted | None:
    name, _, moment = folder.name.rpartition("@")
    if not name or not moment.isdecimal() or not folder.is_dir():
        return None
    return Deleted(name, _as_time(int(moment)), folder)


def _as_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
