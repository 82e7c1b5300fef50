"""All runs in one line each, quick at a thousand of them. Reads no torch.

A line is made once and kept, in memory and in one file of the home, as long as none of the run's files has
changed: a look at all runs asks the system for times of change alone. Of metrics.jsonl the end is read, never
the whole. Intervals take longer: they are measured beside it, newest run first, and once. A kept file that
is torn, old or wrong is made anew.
"""

import threading
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import LightboxError
from core.evaluation.run_line import read_line
from core.evaluation.run_row import RunRow
from core.jobs.status import ALIVE, EffectiveState, effective_state
from core.runs import store
from core.runs.notes import RunNotes, read_notes
from core.runs.reading import NO_FILE, Stamp, read_run_status, stamp_of
from core.workspace import runs_dir, write_text

_VERSION: Final = 3  # of what a line holds: raise it when a line of before would say less, or other things
_WRITE_SECONDS: Final = 10.0  # between two writings: a thousand lines take 20 ms
_FILE: Final = ".index.json"
_WATCHED: Final = (
    *("config.json", "status.json", "metrics.jsonl", "model.json", "predictions", "epochs"),
    *("best.safetensors", "split.parquet"),
)

_Stamps = tuple[Stamp, ...]


class _Kept(BaseModel):
    """A line with the times of change that it was made at; the last stamp is that of its parent's request."""

    model_config = ConfigDict(frozen=True)

    stamps: _Stamps
    row: RunRow


class _File(BaseModel):
    """What is kept on the disk: lines of runs that have ended, by folder."""

    version: int
    kept: dict[str, _Kept]


class RunIndex:
    """The lines of all runs of one home."""

    def __init__(self, folder: Path) -> None:
        self._root, self._path = folder, folder / _FILE
        self._kept: dict[str, _Kept] | None = None
        self._shown: dict[str, tuple[_Kept, RunNotes, RunRow]] = {}
        self._is_behind, self._write_after = False, 0.0
        self._lock, self._one_measures = threading.Lock(), threading.Lock()
        self._measuring: threading.Thread | None = None

    def rows(self) -> tuple[RunRow, ...]:
        """Return all runs as they are now, newest first, the one that ships last; broken ones too."""
        with self._lock:
            before = _read_file(self._path) if self._kept is None else self._kept
            folders = {folder.name: folder for folder in store.run_folders()}
            stamps = {name: _stamps(folder) for name, folder in folders.items()}
            self._kept = {
                str(folder): _up_to_date(folder, folders, stamps, before.get(str(folder)))
                for folder in folders.values()
            }
            self._keep_on_disk(before, self._kept)
            self._shown = {name: self._as_shown(Path(name), kept) for name, kept in self._kept.items()}
            rows = [shown[2] for shown in self._shown.values()]
        return tuple(sorted(rows, key=lambda row: (not row.is_shipped, row.created_at), reverse=True))

    def measure(self) -> None:
        """Measure the intervals that the lines of the last look still lack, and write the lines down."""
        from core.evaluation.run_interval import with_interval  # loads SciPy: opening the page does not

        with self._one_measures:
            # A process that ends waits for its threads: the rest is for the next one.
            while threading.main_thread().is_alive() and (lacking := self._next_to_measure()):
                name, kept = lacking
                row = with_interval(Path(name), kept.row)
                with self._lock:
                    if self._kept is not None and self._kept.get(name) is kept:  # else changed meanwhile
                        self._kept[name] = kept.model_copy(update={"row": row})

    def measure_meanwhile(self) -> None:
        """Begin to measure in a thread of its own, unless one is at it or nothing lacks."""
        with self._lock:
            is_at_it = self._measuring is not None and self._measuring.is_alive()
            if is_at_it or not any(_lacks_interval(kept) for kept in (self._kept or {}).values()):
                return
            # No daemon: one that is stopped amid Arrow's code takes the process down with an abort.
            self._measuring = threading.Thread(target=self.measure, name="intervals of runs")
            self._measuring.start()

    def _next_to_measure(self) -> tuple[str, _Kept] | None:
        """Return the newest line that lacks its interval; when there is none any more, write all down."""
        with self._lock:
            known = self._kept or {}
            lacking = [one for one in known.items() if _lacks_interval(one[1])]
            if lacking:
                return max(lacking, key=lambda one: one[1].row.created_at)
            _write_file(self._path, known)
            return None

    def _keep_on_disk(self, before: dict[str, _Kept], now: dict[str, _Kept]) -> None:
        """Write down what is new, at once or soon: who starts without it reads those few runs again."""
        self._is_behind = self._is_behind or _is_worth_writing(before, now)
        if self._is_behind and time.monotonic() > self._write_after:
            _write_file(self._path, now)
            self._is_behind, self._write_after = False, time.monotonic() + _WRITE_SECONDS

    def _as_shown(self, folder: Path, kept: _Kept) -> tuple[_Kept, RunNotes, RunRow]:
        """Add what may change at any time: what people wrote beside the run, and whether its worker lives."""
        notes, state = read_notes(folder.name, root=self._root), _state(folder, kept.row.state)
        shown = self._shown.get(str(folder))
        if shown is not None and shown[0] is kept and shown[1] == notes and shown[2].state == state:
            return shown
        return kept, notes, kept.row.model_copy(update={"state": state, **dict(notes)})


def index() -> RunIndex:
    """Return the index of this home's runs, shared by all who ask in this process."""
    return _index_of(runs_dir())


@lru_cache(maxsize=8)
def _index_of(folder: Path) -> RunIndex:
    return RunIndex(folder)


def _stamps(folder: Path) -> _Stamps:
    return tuple(stamp_of(f"{folder}/{name}") for name in _WATCHED)


def _up_to_date(
    folder: Path, folders: dict[str, Path], stamps: dict[str, _Stamps], known: _Kept | None
) -> _Kept:
    own = stamps[folder.name]
    if known is not None and known.stamps == (*own, _parents_stamp(known.row, stamps)):
        return known
    row = read_line(folder, folders)
    is_shipped = store.Run(folder.name, folder).is_shipped
    row = row.model_copy(update={"is_shipped": is_shipped}) if is_shipped else row
    return _Kept(stamps=(*own, _parents_stamp(row, stamps)), row=row)


def _parents_stamp(row: RunRow, stamps: dict[str, _Stamps]) -> Stamp:
    parent = stamps.get(row.parent.run) if row.parent else None
    return parent[_WATCHED.index("config.json")] if parent else NO_FILE


def _state(folder: Path, claimed: EffectiveState | None) -> EffectiveState | None:
    """Return the true state: only who claims to live is asked whether a worker holds its lock."""
    if claimed not in ALIVE:
        return claimed
    with suppress(LightboxError, OSError, ValidationError):
        return effective_state(folder, read_run_status(folder))
    return claimed


def _is_worth_writing(before: dict[str, _Kept], now: dict[str, _Kept]) -> bool:
    """Tell whether a run that has ended is new, changed, or gone; those at work change all the time."""
    changed = (name for name, kept in now.items() if before.get(name) is not kept)
    gone = (name for name in before if name not in now)
    return any(_has_ended(now[name]) for name in changed) or any(_has_ended(before[name]) for name in gone)


def _has_ended(kept: _Kept) -> bool:
    """Tell whether a line is done: one whose interval follows is made again by who starts before it came."""
    return kept.row.state is not None and kept.row.state not in ALIVE and not _lacks_interval(kept)


def _lacks_interval(kept: _Kept) -> bool:
    return kept.row.best is not None and kept.row.best.interval_follows


def _read_file(path: Path) -> dict[str, _Kept]:
    try:
        found = _File.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}
    return found.kept if found.version == _VERSION else {}


def _write_file(path: Path, kept: dict[str, _Kept]) -> None:
    ended = {name: one for name, one in kept.items() if _has_ended(one)}
    with suppress(OSError):  # a home that is read only, or full: the lines stay in memory
        write_text(path, _File(version=_VERSION, kept=ended).model_dump_json())
