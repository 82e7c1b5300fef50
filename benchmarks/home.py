"""A home for a measurement, gone when it ends."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from benchmarks.records import Skipped
from core.workspace import SAMPLE_DATA


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Make LIGHTBOX_HOME an empty folder inside a `with` block."""
    with (
        tempfile.TemporaryDirectory(prefix="lightbox-bench-", ignore_cleanup_errors=True) as folder,
        mock.patch.dict(os.environ, LIGHTBOX_HOME=folder),
    ):
        yield Path(folder)


def need_phantoms() -> None:
    """Skip the measurement where the phantoms do not ship yet."""
    if not (SAMPLE_DATA / "phantoms.zip").exists():
        raise Skipped("sample_data/phantoms.zip is not there; `make demo` makes it")
