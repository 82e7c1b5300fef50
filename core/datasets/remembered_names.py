"""What the files of an import were called: in the memory of the server alone, for whoever imported them.

An import leaves ordinals and reasons on disk, for a name may be a patient's. While this process lives, the
names of the last few imports are known here by their job; after that nobody knows them.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

_MOST_JOBS: Final = 16

_lock = Lock()
_names: OrderedDict[str, tuple[str, ...]] = OrderedDict()


def remember(job: Path, names: Sequence[str]) -> None:
    """Keep the names of an import's entries, in the order of the source."""
    with _lock:
        _names[job.name] = tuple(names)
        while len(_names) > _MOST_JOBS:
            _names.popitem(last=False)


def name_of(job: Path, ordinal: int) -> str | None:
    """Return what the entry with this ordinal, from 1, was called; None where that is no longer known."""
    names = _names.get(job.name, ())
    return names[ordinal - 1] if 1 <= ordinal <= len(names) else None


def forget(job: Path) -> None:
    """Forget the names of an import: they were shown."""
    with _lock:
        _names.pop(job.name, None)
