"""Looks at the test split, counted: a test that is looked at often is no longer one.

looks.jsonl in the run's folder has one line a look.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.datasets.records import Part
from core.runs.store import Run

Who = Literal["page", "command line", "cross-validation"]

_NAME: Final = "looks.jsonl"


class Look(BaseModel):
    """One look: when (ISO 8601, UTC), at which split of which data set, and by whom."""

    model_config = ConfigDict(frozen=True)

    at: str
    dataset: str
    split: Part
    who: Who


def count_look(run: Run, dataset_id: str, split: Part, who: Who) -> None:
    """Write down that somebody looked; nothing is written where the home is read-only."""
    folder = run.writable_folder
    if not can_write(folder):
        return
    at = datetime.now(UTC).isoformat(timespec="seconds")
    look = Look(at=at, dataset=dataset_id, split=split, who=who)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _NAME).open("a", encoding="utf-8") as file:
        file.write(look.model_dump_json() + "\n")


def list_looks(run: Run) -> list[Look]:
    """Return the looks at a run, oldest first: those that came with it, then those of this home."""
    folders = dict.fromkeys((run.folder, run.writable_folder))
    return [look for folder in folders for look in _read(folder / _NAME)]


def n_looks(run: Run) -> int:
    """Return how often the test split of the run's own data set has been looked at."""
    return sum(look.dataset == run.config.dataset and look.split == "test" for look in list_looks(run))


def can_write(folder: Path) -> bool:
    """Tell whether `folder` can be written to, or made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(there, os.W_OK)


def _read(path: Path) -> list[Look]:
    looks = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            looks.append(Look.model_validate_json(line))
        except ValidationError:  # half a line, from a process that was killed while writing it
            continue
    return looks
