"""What people write beside a run: tags, a note, a star, and whether it is put away.

notes.json lies in the run's folder; that of a run which is read only lies in this user's home. What changes
it is an operation ("add this tag"), done under a lock on what stands there at that moment, so that two who
write at once lose nothing of each other's.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidValueError, StateError
from core.language import N_
from core.runs.reading import NO_FILE, Stamp, stamp_of
from core.runs.store import Run
from core.workspace import runs_dir, write_text

LONGEST_TAG: Final = 40
MOST_TAGS: Final = 12
LONGEST_NOTE: Final = 2000

NAME: Final = "notes.json"
_remembered: dict[str, tuple[Stamp, "RunNotes"]] = {}


class RunNotes(BaseModel):
    """What is written beside one run."""

    model_config = ConfigDict(frozen=True)

    tags: tuple[str, ...] = Field(default=(), max_length=MOST_TAGS)
    note: str = Field(default="", max_length=LONGEST_NOTE)
    starred: bool = False
    archived: bool = False


_NOTHING: Final = RunNotes()


def read_notes(run_id: str, *, root: Path | None = None) -> RunNotes:
    """Return what is written beside a run; nothing where there is nothing, or nothing that can be read.

    `root` is the folder of this home's runs, for who asks a thousand times.
    """
    path = f"{root or runs_dir()}/{run_id}/{NAME}"
    stamp = stamp_of(path)
    if stamp == NO_FILE:
        return _NOTHING
    known = _remembered.get(path)
    if known is None or known[0] != stamp:
        try:
            known = _remembered[path] = (stamp, _read(Path(path)))
        except OSError:  # no right to read it: the row stands without
            return _NOTHING
    return known[1]


def clean_tag(text: str) -> str:
    """Return a tag as it is kept: one line without control characters.

    Raises
    ------
    InvalidValueError
        It is empty, or too long.
    """
    tag = " ".join(_without_controls(text).split())
    if not tag:
        raise InvalidValueError(N_("A tag has at least one letter."))
    if len(tag) > LONGEST_TAG:
        raise InvalidValueError(
            N_("The tag '{tag}…' has {n} characters; at most {most} are kept."),
            tag=tag[:LONGEST_TAG],
            n=len(tag),
            most=LONGEST_TAG,
        )
    return tag


def add_tag(run: Run, *tags: str) -> RunNotes:
    """Add tags to a run; one that it has already stays as it is.

    Raises
    ------
    InvalidValueError
        A tag that cannot be one, or more tags than a run can have.
    """
    cleaned = [clean_tag(tag) for tag in tags]

    def change(notes: RunNotes) -> RunNotes:
        together = tuple(dict.fromkeys((*notes.tags, *cleaned)))
        if len(together) > MOST_TAGS:
            text = N_("'{run}' has {n} tags, and {most} is the most: take one away first.")
            raise InvalidValueError(text, run=run.run_id, n=len(notes.tags), most=MOST_TAGS)
        return notes.model_copy(update={"tags": together})

    return _change(run, change)


def remove_tag(run: Run, *tags: str) -> RunNotes:
    """Take tags away from a run; one that it does not have is no mistake."""
    gone = {clean_tag(tag) for tag in tags}
    return _change(
        run, lambda notes: notes.model_copy(update={"tags": tuple(t for t in notes.tags if t not in gone)})
    )


def star(run: Run, *, on: bool = True) -> RunNotes:
    """Mark a run with a star, or take the star away."""
    return _change(run, lambda notes: notes.model_copy(update={"starred": on}))


def archive(run: Run, *, on: bool = True) -> RunNotes:
    """Put a run away, out of the list but kept whole, or bring it back."""
    return _change(run, lambda notes: notes.model_copy(update={"archived": on}))


def write_note(run: Run, text: str, *, as_seen: str) -> RunNotes:
    """Write the note of a run anew, from what its writer saw.

    If somebody else has written meanwhile, both texts are kept, the other one first.

    Raises
    ------
    InvalidValueError
        It is longer than a note can be; what stood there stays.
    """
    mine, before = clean_note(text), clean_note(as_seen)

    def change(notes: RunNotes) -> RunNotes:
        return notes.model_copy(update={"note": _merged(notes.note, mine, before)})

    return _change(run, change)


def append_note(run: Run, text: str) -> RunNotes:
    """Write a line more into the note of a run; raises as `write_note`."""
    line = clean_note(text)

    def change(notes: RunNotes) -> RunNotes:
        return notes.model_copy(update={"note": clean_note(f"{notes.note}\n{line}")})

    return _change(run, change)


def clean_note(text: str) -> str:
    """Return a note as it is kept: without control characters but line breaks; raises as `write_note`."""
    lines = [_without_controls(line).rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    note = "\n".join(lines).strip()
    if len(note) > LONGEST_NOTE:
        text = N_("The note has {n} characters; at most {most} are kept. Shorten it, and save it again.")
        raise InvalidValueError(text, n=len(note), most=LONGEST_NOTE)
    return note


def _merged(now: str, mine: str, before: str) -> str:
    """Put what I made of `before` and what somebody else made of it into one text."""
    if now in (before, mine):
        return mine
    if before and now.startswith(before) and mine.startswith(before):  # both wrote on below
        return clean_note(f"{now}\n{mine[len(before) :].strip()}")
    return clean_note(f"{now}\n\n{mine}")


def _change(run: Run, change: Callable[[RunNotes], RunNotes]) -> RunNotes:
    folder = run.writable_folder
    if not run.is_shipped and not folder.is_dir():
        raise StateError(N_("The run '{run}' is gone: it was deleted."), run=run.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{NAME}.lock"):
        now = _read(folder / NAME)
        changed = change(now)
        if changed != now:
            write_text(folder / NAME, changed.model_dump_json(indent=1) + "\n")
    return changed


def _read(path: Path) -> RunNotes:
    """Read a note file; one that somebody spoiled is as good as none."""
    try:
        return RunNotes.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return RunNotes()


def _without_controls(text: str) -> str:
    """Leave out what cannot be seen; a blank of any kind, a tab too, becomes a plain one."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)
