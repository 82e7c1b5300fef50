"""Entries of a source in, prepared images out: in order, all cores busy, memory bounded.

Small files go to the decoders by the batch, for a call costs as much as a small picture. A batch that makes a
decoder fail is asked for again file by file, so that only the guilty one is lost.
"""

import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from core.datasets.intake import PreparedImage
from core.datasets.sources import Entry, read_bytes
from core.errors import ImportRefusedError, InvalidValueError, UnreadableImageError
from core.images.burned_in import Margins
from core.images.limits import unreadable
from core.images.packing import pack_image
from core.images.sandbox import Result, Sandbox
from core.jobs.cores import n_cores
from core.language import N_, Message

Outcome = PreparedImage | UnreadableImageError

_TASK: Final = "core.datasets.intake:prepare_several"
_FIRST_FILES: Final = 8
_MOST_FILES: Final = 64
_QUICK_SECONDS: Final = 0.05  # after a batch that took less the next ones are larger
_SLOW_SECONDS: Final = 0.2  # after one that took more they are smaller
_BATCH_BYTES: Final = 512 * 1024
# What the system says of a file when the folder or the share that it lay on has gone.
_GONE: Final = {getattr(errno, name, -1) for name in ("ENOENT", "ENOTDIR", "ESTALE", "ENOTCONN")}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What is done with each image: see `core.datasets.intake.prepare_several`."""

    margins: Margins | None = None
    window: int = 0


@dataclass
class _Item:
    """An entry on its way: its bytes, or why there are none."""

    entry: Entry
    content: bytes = b""
    packed: dict[str, Any] | None = None
    problem: UnreadableImageError | None = None
    look: bool = True


@dataclass
class _Pace:
    """How many files make a batch: as many as are prepared in about a tenth of a second."""

    n_files: int = _FIRST_FILES

    def note(self, result: Result | UnreadableImageError) -> None:
        seconds = None if isinstance(result, UnreadableImageError) else result[0].get("seconds")
        if not isinstance(seconds, float):
            return
        if seconds < _QUICK_SECONDS:
            self.n_files = min(_MOST_FILES, self.n_files * 2)
        elif seconds > _SLOW_SECONDS:
            self.n_files = max(1, self.n_files // 2)


def n_workers() -> int:
    """Return how many processes decode: LIGHTBOX_IMPORT_WORKERS, by default as many as there are cores."""
    text = os.environ.get("LIGHTBOX_IMPORT_WORKERS")
    if not text:
        return n_cores()
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise InvalidValueError(
            N_("LIGHTBOX_IMPORT_WORKERS must be a whole number of at least 1, not '{text}'."), text=text
        )
    return int(text)


def prepared(
    entries: Iterable[Entry], choices: Choices, *, wants_look: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Entry, Outcome]]:
    """Yield each entry with its image, or with the reason why there is none.

    Parameters
    ----------
    entries
        Taken a few batches ahead.
    choices
        What is done with each image.
    wants_look
        Asked for each entry, in their order: whether writing is looked for in its pixels.

    Raises
    ------
    ImportRefusedError
        The source goes away while it is read.
    """
    sandbox, pace = _sandbox(n_workers()), _Pace()
    for batch, result in sandbox.map(_asked(entries, choices, pace, wants_look)):
        outcomes = iter(_outcomes(sandbox, _to_do(batch), result, choices))
        pace.note(result)
        for item in batch:
            yield item.entry, item.problem or next(outcomes)


@lru_cache
def _sandbox(n: int) -> Sandbox:
    return Sandbox(n, task=_TASK)  # one for the whole process: its decoders take a second to start


def _asked(
    entries: Iterable[Entry], choices: Choices, pace: _Pace, wants_look: Callable[[], bool]
) -> Iterator[tuple[list[_Item], bytes, dict[str, Any]]]:
    """Yield what `Sandbox.map` takes, a batch at a time."""
    batch: list[_Item] = []
    n_bytes = 0
    for entry in entries:
        item = _item(entry)
        item.look = wants_look()
        batch.append(item)
        n_bytes += len(item.content)
        if len(batch) >= pace.n_files or n_bytes >= _BATCH_BYTES:
            yield _request(batch, choices)
            batch, n_bytes = [], 0
    if batch:
        yield _request(batch, choices)


def _request(batch: list[_Item], choices: Choices) -> tuple[list[_Item], bytes, dict[str, Any]]:
    items = _to_do(batch)
    return batch, b"".join(item.content for item in items), _options(items, choices)


def _to_do(batch: list[_Item]) -> list[_Item]:
    return [item for item in batch if item.problem is None]


def _options(items: list[_Item], choices: Choices) -> dict[str, Any]:
    described = [_description(item) for item in items]
    return {"items": described, "margins": choices.margins, "window": choices.window}


def _description(item: _Item) -> dict[str, Any]:
    described: dict[str, Any] = {"size": len(item.content), "look": item.look}
    if item.entry.given is not None:
        described["given"] = item.entry.given.model_dump()
    return described | {"packed": item.packed} if item.packed else described


def _item(entry: Entry) -> _Item:
    if entry.problem is not None:
        return _Item(entry, problem=UnreadableImageError(entry.problem.text, **entry.problem.values))
    try:
        if entry.array is not None:
            packed, buffers = pack_image(entry.array())
            return _Item(entry, buffers[0], packed)
        return _Item(entry, _read(entry))
    except UnreadableImageError as error:
        return _Item(entry, problem=error)


def _read(entry: Entry) -> bytes:
    if entry.path is None:
        raise UnreadableImageError(N_("The file cannot be opened."))
    try:
        return read_bytes(entry.path)
    except UnreadableImageError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in _GONE and not entry.path.is_symlink():
            text = N_(
                "The source changed while it was imported: a file that was there at first is gone."
                " Nothing was kept; bring the files back and import again."
            )
            raise ImportRefusedError(text) from error
        raise


def _outcomes(
    sandbox: Sandbox, items: list[_Item], result: Result | UnreadableImageError, choices: Choices
) -> list[Outcome]:
    """Return what became of each item; what a batch left open or lost is asked for again, one at a time."""
    if isinstance(result, UnreadableImageError):
        known: list[Outcome] = [result] if len(items) == 1 else []
    else:
        known = _parsed(*result)[: len(items)]
    return [*known, *(_alone(sandbox, item, choices) for item in items[len(known) :])]


def _alone(sandbox: Sandbox, item: _Item, choices: Choices) -> Outcome:
    try:
        outcomes = _parsed(*sandbox.call(item.content, _options([item], choices)))
    except UnreadableImageError as error:
        return error
    return outcomes[0] if outcomes else unreadable("", N_("the process that read it gave no sensible answer"))


def _parsed(record: dict[str, Any], buffers: list[bytes]) -> list[Outcome]:
    """Turn the answer of a decoder into outcomes, as far as it makes sense: it is foreign too."""
    outcomes: list[Outcome] = []
    start = 0
    try:
        for image in record["images"]:
            if "error" in image:
                message = Message.model_validate(image["error"])
                outcomes.append(UnreadableImageError(message.text, **message.values))
                continue
            end = start + image["size"]
            outcomes.append(PreparedImage(**image["image"], content=buffers[0][start:end]))
            start = end
    except (KeyError, IndexError, TypeError, ValidationError):
        _log.warning("A decoder answered nonsense.")
    return outcomes
