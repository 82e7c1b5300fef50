"""Keep names of files out of what an import leaves on disk: its report, its status, its log.

A file may be called after a patient. Whoever imports has seen the names before, in the inspection; afterwards
there are places in the source and reasons.

Covers: errors of Lightbox that quote a file, errors of the system, and errors that nobody foresaw.
Does not cover: names of classes and columns, which the data set is about.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.datasets.records import ImportReport
from core.errors import LightboxError, StorageError
from core.language import Message

_LEFT_OUT: Final = "…"
_FILE: Final = "file"  # how the errors of Lightbox call a file's name


@contextmanager
def without_names() -> Iterator[None]:
    """Let errors through, but the names of files in them."""
    try:
        yield
    except LightboxError as error:
        error.message = _nameless(error.message)
        raise
    except OSError as error:
        raise StorageError(OSError(error.errno, error.strerror)) from None
    except Exception as error:  # noqa: BLE001 - what a foreign library says may quote a file or a cell
        places = "".join(traceback.format_tb(error.__traceback__))
        raise RuntimeError(f"{type(error).__name__}; its words are left out\n{places}") from None


def nameless_report(report: ImportReport) -> ImportReport:
    """Return a report that says of skipped files only their places in the source and the reasons."""
    skipped = tuple(
        file.model_copy(update={"file": "", "reason": _nameless(file.reason)}) for file in report.skipped
    )
    return report.model_copy(update={"skipped": skipped})


def _nameless(message: Message) -> Message:
    values = {
        key: _nameless(value) if isinstance(value, Message) else (_LEFT_OUT if key == _FILE else value)
        for key, value in message.values.items()
    }
    return message.model_copy(update={"values": values})
