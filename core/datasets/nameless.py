"""Keep what an import leaves on disk, its report, its status and its log, free of names.

A file, a folder or a column may be called after a patient, and a class may be a folder. Whoever imports has
seen the names before, in the inspection; afterwards there are places in the source and reasons.

Covers: errors of Lightbox that quote something, errors of the system, and errors that nobody foresaw.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.datasets.records import ImportReport
from core.errors import LightboxError, StorageError
from core.language import Message

Value = str | int | float | bool | None | Message

_LEFT_OUT: Final = "…"


@contextmanager
def without_names(dataset_id: str) -> Iterator[None]:
    """Let errors through, but for each text that they quote an ellipsis; the data set's own name stays."""
    try:
        yield
    except LightboxError as error:
        error.message = nameless(error.message, kept=dataset_id)
        raise
    except OSError as error:
        raise StorageError(OSError(error.errno or 0, error.strerror or "")) from None
    except Exception as error:  # noqa: BLE001 - what a foreign library says may quote a file or a cell
        places = "".join(traceback.format_tb(error.__traceback__))
        raise RuntimeError(f"{type(error).__name__}; its words are left out\n{places}") from None


def nameless(message: Message, *, kept: str = "") -> Message:
    """Return a message with an ellipsis for each value that is text; numbers and marked words stay."""
    values = {name: _shown(value, kept) for name, value in message.values.items()}
    return Message(text=message.text, values=values)


def nameless_report(report: ImportReport) -> ImportReport:
    """Return a report that says of skipped files only their places in the source and the reasons.

    The reasons are those of `core.images`, which quote no file and nothing out of a header that is free text.
    """
    skipped = tuple(file.model_copy(update={"file": ""}) for file in report.skipped)
    return report.model_copy(update={"skipped": skipped})


def _shown(value: Value, kept: str) -> Value:
    if isinstance(value, Message):
        return nameless(value, kept=kept)
    return _LEFT_OUT if isinstance(value, str) and value not in ("", kept) else value
