"""Read a sample of a source's images for real, in the sandbox, and remember what was seen."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from core.datasets.headers import Known
from core.datasets.looking import Look
from core.datasets.options import ImportOptions
from core.datasets.plan import ImportPlan
from core.datasets.sources import Entry, read_bytes
from core.errors import UnreadableImageError
from core.images.limits import unreadable
from core.images.packing import pack_image
from core.images.sandbox import Sandbox
from core.language import N_, Message
from core.workspace import write_bytes

_N_SAMPLED: Final = 36  # the previews among them
_SAMPLE_SECONDS: Final = 15.0  # after that the previews are enough


@dataclass
class Memory:
    """What was read before and need not be read again: headers, looks with their pictures; all names."""

    headers: Known = field(default_factory=dict)
    looks: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: Path | None = None  # where they are kept; None: nowhere
    names: tuple[str, ...] = ()  # of the entries, in the order of the source
    others: tuple[str, ...] = ()  # of what lies beside them and is no image


@dataclass(frozen=True)
class Seen:
    """What was seen of one image: its look, or why it cannot be read; and the file of its picture."""

    place: int
    look: Look | None = None
    problem: Message | None = None
    picture: str | None = None


def look_at_sample(
    plan: ImportPlan,
    entries: Sequence[Entry],
    options: ImportOptions,
    memory: Memory,
    *,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Seen]:
    """Read the images that are previewed, and then some more, evenly from all; `check` comes before each."""
    places = _places(plan, entries)
    asked = {"margins": options.margins, "window": options.window}
    end = time.monotonic() + _SAMPLE_SECONDS
    with Sandbox(1, task="core.datasets.looking:look") as sandbox:
        for number, place in enumerate(places):
            check()
            if number >= len(plan.previews) and time.monotonic() > end:
                return
            entry = entries[place]
            key = hashlib.sha256(f"{entry.path or place} {asked}".encode(errors="replace")).hexdigest()[:16]
            picture = memory.pictures / f"{key}.png" if memory.pictures else None
            if key not in memory.looks:
                memory.looks[key] = _look(sandbox, entry, asked, picture)
            yield _seen(place, memory.looks[key], picture)


def _places(plan: ImportPlan, entries: Sequence[Entry]) -> list[int]:
    first = [preview.index for preview in plan.previews]
    known = set(first)
    others = [place for place, entry in enumerate(entries) if entry.problem is None and place not in known]
    n_more = max(1, _N_SAMPLED - len(first))
    return first + others[:: max(1, -(-len(others) // n_more))]


def _look(sandbox: Sandbox, entry: Entry, asked: dict[str, Any], picture: Path | None) -> dict[str, Any]:
    try:
        if entry.array is not None:
            packed, buffers = pack_image(entry.array())
            record, pictures = sandbox.call(buffers[0], {**asked, "packed": packed})
        else:
            given = {"given": entry.given.model_dump()} if entry.given else {}
            record, pictures = sandbox.call(read_bytes(entry.path or Path()), {**asked, **given})
    except UnreadableImageError as error:
        return {"problem": error.message.model_dump(mode="json")}
    if picture is not None and len(pictures) == 1:
        write_bytes(picture, pictures[0])
    return {"look": record}


def _seen(place: int, record: dict[str, Any], picture: Path | None) -> Seen:
    """Return what a decoder answered, which is foreign too."""
    try:
        if "problem" in record:
            return Seen(place, problem=Message.model_validate(record["problem"]))
        name = picture.name if picture is not None and picture.is_file() else None
        return Seen(place, look=Look.model_validate(record["look"]), picture=name)
    except (KeyError, ValidationError):
        why = N_("the process that read it gave no sensible answer")
        return Seen(place, problem=unreadable("", why).message)
