"""Where things live: the home of a person's data sets and runs, and what ships beside it.

LIGHTBOX_HOME (default: the repository's root) holds datasets/, checkpoints/, jobs/, pipelines/, weights/,
crossvalidations/, sweeps/, readings/ and downloads/. What ships is read from the repository whatever the home
is.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SAMPLE_DATA: Final = ROOT / "sample_data"
SHIPPED_RUNS: Final = ROOT / "checkpoints"

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def home() -> Path:
    """Return the folder that holds this user's datasets/, checkpoints/ and jobs/."""
    return Path(os.environ.get("LIGHTBOX_HOME") or ROOT).expanduser().resolve()


def datasets_dir() -> Path:
    """Return the folder of the imported data sets (it may not exist yet)."""
    return home() / "datasets"


def runs_dir() -> Path:
    """Return the folder of this user's runs (it may not exist yet)."""
    return home() / "checkpoints"


def jobs_dir() -> Path:
    """Return the folder of the jobs that are no training runs, and of the queue's locks."""
    return home() / "jobs"


def downloads_dir() -> Path:
    """Return the folder of the files that were downloaded, whole or in part (it may not exist yet)."""
    return home() / "downloads"


def pipelines_dir() -> Path:
    """Return the folder of the preprocessing pipelines that were given a name (it may not exist yet)."""
    return home() / "pipelines"


def weights_dir() -> Path:
    """Return the folder of the weights that were brought in from outside (it may not exist yet)."""
    return home() / "weights"


def crossvalidations_dir() -> Path:
    """Return the folder of the cross-validations (it may not exist yet); their runs are runs as all are."""
    return home() / "crossvalidations"


def sweeps_dir() -> Path:
    """Return the folder of the sweeps (it may not exist yet); their trials are runs as all are."""
    return home() / "sweeps"


def readings_dir() -> Path:
    """Return the folder of what people read against a network (it may not exist yet)."""
    return home() / "readings"


def is_valid_name(name: str) -> bool:
    """Tell whether `name` can be the name of a data set or a run, and so of a folder.

    Lower-case letters, digits, `_`, `.` and `-`; it begins with a letter or a digit; at most 64 characters.
    """
    return _NAME.fullmatch(name) is not None and ".." not in name and not name.endswith(".")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file that others read: to a temporary name, synced, then renamed over `path`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as `write_bytes` does."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON as `write_bytes` does."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; what stands there at the end takes `path`'s place in one step.

    If the block raises, `path` is as it was and the temporary file is gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        sync(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
