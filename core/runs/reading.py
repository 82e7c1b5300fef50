"""What a run folder says of itself, read once while its files do not change; what is wrong is a sentence.

Anybody can have been at a run folder: another version of Lightbox, a full disk, a file manager. Whoever reads
a run through here gets a StateError that says what is wrong, and never half a record.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import LightboxError, StateError
from core.jobs.status import JobStatus
from core.language import N_, Message
from core.runs.records import ModelCard, RunRequest
from core.validation import field_of, reason_of

Stamp = tuple[int, int, int]  # inode, time of change in nanoseconds, size in bytes

NO_FILE: Final[Stamp] = (0, 0, 0)
_MOST_REMEMBERED: Final = 20_000
_MARKS: Final = ("status.json", "metrics.jsonl", "model.json", "best.safetensors", "last.pt")
_Record = TypeVar("_Record", bound=BaseModel)
_remembered: dict[str, tuple[Stamp, Any]] = {}


def is_run_folder(folder: Path) -> bool:
    """Tell whether a folder is a run, be it a broken one.

    One that has only its request is being made. One without request and status is what a read-only run keeps
    in this home, or somebody's own, unless there is a curve or a network in it.
    """
    if stamp_of(f"{folder}/{_MARKS[0]}") != NO_FILE:  # quick: nearly all of them have one
        return True
    try:
        with os.scandir(folder) as entries:
            return any(entry.name in _MARKS for entry in entries)
    except NotADirectoryError:
        return False
    except OSError:  # no right to look: it is said, not passed over
        return os.path.lexists(folder)


def stamp_of(path: Path | str) -> Stamp:
    """Return what changes when a file does; `NO_FILE` where there is none or nobody may look."""
    try:
        found = os.stat(path)
    except OSError:
        return NO_FILE
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_request(folder: Path) -> RunRequest:
    """Read what a run was asked for; StateError where its config.json cannot be used here."""
    return _read(folder, "config.json", RunRequest)


def read_run_status(folder: Path) -> JobStatus:
    """Read what a run's worker last said; StateError where its status.json cannot be used here."""
    return _read(folder, "status.json", JobStatus)


def read_card(folder: Path) -> ModelCard:
    """Read the card of a run's network; StateError where its model.json cannot be used here."""
    return _read(folder, "model.json", ModelCard)


def problem_of(read: Callable[[Path], object], folder: Path) -> Message | None:
    """Return why `read` cannot read a run, in one sentence; None where it can."""
    try:
        read(folder)
    except LightboxError as error:
        return error.message
    return None


def raw_request(folder: Path) -> dict[str, Any]:
    """Return what can be made out of a config.json that another version wrote: plain values, or nothing."""
    try:
        found = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _read(folder: Path, name: str, kind: type[_Record]) -> _Record:
    path = folder / name
    stamp = stamp_of(path)
    known = _remembered.get(str(path))
    if known is not None and known[0] == stamp and stamp != NO_FILE:
        record: _Record = known[1]
        return record
    record = _validated(path, kind)
    if len(_remembered) > _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[str(path)] = (stamp, record)
    return record


def _validated(path: Path, kind: type[_Record]) -> _Record:
    run = path.parent.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refusal(path, error) from None
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        details = error.errors()[0]
        if details["type"] == "json_invalid":
            text = N_("'{file}' of '{run}' is no JSON: it is torn, or another program wrote it.")
            raise StateError(text, file=path.name, run=run) from None
        text = N_(
            "'{file}' of '{run}' cannot be used here: '{field}' is not right: {reason}. Another version of"
            " Lightbox may have written it."
        )
        field, reason = field_of(details), reason_of(details)
        if not field:  # the whole of it is something else
            text = N_("'{file}' of '{run}' cannot be used here: {reason}.")
            raise StateError(text, file=path.name, run=run, reason=reason) from None
        raise StateError(text, file=path.name, run=run, field=field, reason=reason) from None
    except LightboxError as error:  # a network or a random change that this version does not have
        text = N_("'{file}' of '{run}' cannot be used here: {reason}")
        raise StateError(text, file=path.name, run=run, reason=error.message) from None


def refusal(path: Path, error: OSError) -> StateError:
    """Return in one sentence why the system refuses a file; `path` is the file in the run's folder."""
    values: dict[str, str] = {"file": path.name, "run": path.parent.name}
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if not path.parent.is_dir():
            return StateError(N_("The run '{run}' is gone: it was deleted."), run=path.parent.name)
        return StateError(N_("'{file}' of '{run}' is missing."), **values)
    if isinstance(error, IsADirectoryError):
        return StateError(N_("'{file}' of '{run}' is a folder where a file should be."), **values)
    if isinstance(error, PermissionError):
        text = N_("Lightbox has no right to read '{file}' of '{run}': change the rights of the folder.")
        return StateError(text, **values)
    text = N_("'{file}' of '{run}' cannot be read: {reason}.")
    return StateError(text, reason=error.strerror or str(error), **values)
