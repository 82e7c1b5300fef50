"""Looks at the test split, counted: a test that is looked at often is no longer one.

looks.jsonl in the run's folder has one line a look, also at another data set.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.datasets.records import Part
from core.language import N_, Message
from core.runs.store import Run, list_runs

Who = Literal["page", "command line", "cross-validation"]

WHO: Final[dict[Who, str]] = {
    "page": N_("a page of this app"),
    "command line": N_("the command line"),
    "cross-validation": N_("a cross-validation"),
}
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
    with (folder / _NAME).open("ab") as file:
        # Half a line, of a process that was killed while writing it, must not take this one with it.
        begin = b"\n" if _is_torn(folder / _NAME) else b""
        file.write(begin + look.model_dump_json().encode() + b"\n")


def list_looks(run: Run) -> list[Look]:
    """Return the looks at a run, oldest first: those that came with it, then those of this home."""
    folders = dict.fromkeys((run.folder, run.writable_folder))
    return [look for folder in folders for look in _read(folder / _NAME)]


def n_looks(run: Run) -> int:
    """Return how often the test split of the run's own data set has been looked at."""
    return sum(look.dataset == run.config.dataset and look.split == "test" for look in list_looks(run))


def n_looks_beside(run: Run) -> int:
    """Return how often others of a run's sweep were judged on the very same test split.

    Whoever tries many networks and looks at the test of each has chosen by it, whichever run he shows.
    """
    group, side = run.request.group, run.request.split_hash
    if group is None or side is None:
        return 0
    others = (one for one in list_runs() if one.run_id != run.run_id and one.request.group == group)
    return sum(n_looks(one) for one in others if one.request.split_hash == side)


def why_it_matters(n: int) -> Message:
    """Return in one sentence what looking at a test split `n` times has done to it."""
    return Message(text=next(text for least, text in _REASONS if n >= least), values={"n": n})


_REASONS: Final = (
    (
        5,
        N_(
            "After {n} looks it is no test any more: whatever was changed between them was chosen by these"
            " images, so the score is too good by an unknown amount; only new patients can test this network."
        ),
    ),
    (
        2,
        N_(
            "After {n} looks the score is worth less than after one: if anything was changed between them, it"
            " was partly chosen by these images."
        ),
    ),
    (
        1,
        N_(
            "It has been opened once, as it should be: if you change the network now and look again, you"
            " choose by the test, and its score becomes too good."
        ),
    ),
    (
        0,
        N_(
            "Nobody has looked yet: as long as that is so, its score will be the most honest one you can get"
            " without new patients."
        ),
    ),
)


def can_write(folder: Path) -> bool:
    """Tell whether `folder` can be written to, or made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(there, os.W_OK)


def _is_torn(path: Path) -> bool:
    return path.read_bytes()[-1:] not in (b"", b"\n")


def _read(path: Path) -> list[Look]:
    looks = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            looks.append(Look.model_validate_json(line))
        except ValidationError:  # half a line, from a process that was killed while writing it
            continue
    return looks
