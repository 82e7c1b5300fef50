"""Readings on disk: readings/<code>/plan.json, and one file a reader with a line an answer.

An answer is appended and synced before the next case is shown, so a process that dies loses at most the one
that was being given. A file is only ever appended to, under a lock, so two tabs lose nothing of each other's.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidValueError, NameTakenError, StateError
from core.language import N_
from core.reading.records import LONGEST_NAME, Answer, Ended, Line, PassNumber, Reader, ReadingPlan, Signed
from core.workspace import readings_dir, sync, write_text

_CODE: Final = re.compile(r"[0-9a-f]{8}")
_LINES: Final[TypeAdapter[Signed | Answer | Ended]] = TypeAdapter(Line)
MOST_READERS: Final = 40


@dataclass(frozen=True)
class Readings:
    """The readings of this home, the newest first, and how many can no longer be read."""

    plans: tuple[ReadingPlan, ...]
    n_damaged: int


def new_code() -> str:
    """Return a code that no reading has."""
    return secrets.token_hex(4)


def now() -> str:
    """Return the time, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def save_plan(plan: ReadingPlan) -> None:
    """Keep a new plan."""
    write_text(readings_dir() / plan.reading / "plan.json", plan.model_dump_json(indent=1) + "\n")


def list_readings() -> Readings:
    """Return what there is to go on with."""
    plans: list[ReadingPlan] = []
    n_damaged = 0
    folder = readings_dir()
    for path in folder.iterdir() if folder.is_dir() else ():
        if not _CODE.fullmatch(path.name):
            continue
        try:
            plans.append(_read_plan(path))
        except (OSError, ValidationError):
            n_damaged += 1
    return Readings(tuple(sorted(plans, key=lambda plan: plan.at, reverse=True)), n_damaged)


def open_reading(code: str) -> ReadingPlan:
    """Return the plan of a code; StateError where there is none that can be read."""
    if not _CODE.fullmatch(code) or not (readings_dir() / code / "plan.json").is_file():
        text = N_("There is no reading '{code}' here; it may have been deleted, or the code is another one.")
        raise StateError(text, code=code)
    try:
        return _read_plan(readings_dir() / code)
    except ValidationError as error:
        raise StateError(N_("The reading '{code}' is damaged; begin a new one."), code=code) from error


def delete_reading(code: str) -> None:
    """Delete a reading with all its answers; one that is gone already is no mistake."""
    folder = readings_dir() / code
    if _CODE.fullmatch(code) and folder.is_dir():
        gone = folder.with_name(f".gone-{code}-{secrets.token_hex(4)}")
        folder.rename(gone)  # in one step: whoever still reads meets an end, not half a reading
        shutil.rmtree(gone, ignore_errors=True)


def add_reader(code: str, name: str) -> Reader:
    """Let a new reader in.

    Raises
    ------
    InvalidValueError
        The name is empty or too long, or there are too many readers.
    NameTakenError
        Another reader of these cases has this name.
    """
    shown = clean_name(name)
    with _locked(code) as folder:
        readers = list_readers(code)
        if any(reader.name.casefold() == shown.casefold() for reader in readers):
            raise NameTakenError(N_("reader"), shown)
        if len(readers) >= MOST_READERS:
            raise InvalidValueError(N_("{n} readers of the same cases are the most."), n=MOST_READERS)
        reader = secrets.token_hex(4)
        _append(folder / f"{reader}.jsonl", Signed(at=now(), name=shown))
    return Reader(reader=reader, name=shown)


def list_readers(code: str) -> list[Reader]:
    """Return the readers of the same cases, in the order in which they came."""
    found = []
    for path in (readings_dir() / code).glob("*.jsonl"):
        if (read := _read_reader(path)) is not None:
            found.append(read)
    return [reader for _at, reader in sorted(found, key=lambda one: (one[0], one[1].reader))]


def read_reader(code: str, reader: str) -> Reader:
    """Return one reader; StateError where there is none."""
    path = readings_dir() / code / f"{reader}.jsonl"
    found = _read_reader(path) if _CODE.fullmatch(code) and _CODE.fullmatch(reader) else None
    if found is None:
        raise StateError(N_("This reader is not among those of the reading; choose one or begin anew."))
    return found[1]


def record(plan: ReadingPlan, reader: str, answer: Answer) -> Reader:
    """Write an answer down and return the reader with it.

    Raises
    ------
    StateError
        The pass is over (perhaps in another tab), or the one before is not.
    InvalidValueError
        There is no such case or class.
    """
    if answer.case >= plan.n or answer.called >= len(plan.class_names):
        raise InvalidValueError(N_("This reading has no case {n} or no such class."), n=answer.case + 1)
    with _locked(plan.reading) as folder:
        _check_pass(read_reader(plan.reading, reader), answer.pass_number)
        _append(folder / f"{reader}.jsonl", answer)
        return read_reader(plan.reading, reader)


def end_pass(plan: ReadingPlan, reader: str, pass_number: PassNumber) -> Reader:
    """Close a pass: from here on its answers stay. The second one may be left out, whole.

    Raises
    ------
    StateError
        Not all cases are answered, or the pass is over already.
    """
    with _locked(plan.reading) as folder:
        found = read_reader(plan.reading, reader)
        _check_pass(found, pass_number)
        n = len(found.answers[pass_number])
        if n != plan.n and (pass_number == 1 or n):
            text = N_("{n} of {total} cases are answered: answer the others first.")
            raise StateError(text, n=n, total=plan.n)
        _append(folder / f"{reader}.jsonl", Ended(at=now(), pass_number=pass_number))
        return read_reader(plan.reading, reader)


def clean_name(name: str) -> str:
    """Return a reader's name as it is kept: one line without control characters.

    Raises
    ------
    InvalidValueError
        It is empty or too long.
    """
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if not shown:
        raise InvalidValueError(N_("A reader needs a name: a made-up one, such as Reader A."))
    if len(shown) > LONGEST_NAME:
        text = N_("The name has {n} characters; at most {most} are kept.")
        raise InvalidValueError(text, n=len(shown), most=LONGEST_NAME)
    return shown


def _check_pass(reader: Reader, pass_number: PassNumber) -> None:
    if reader.now != pass_number:
        text = N_(
            "This pass is over for {name}, perhaps in another tab; what was answered stays. Load the page"
            " again."
        )
        raise StateError(text, name=reader.name)


def _read_plan(folder: Path) -> ReadingPlan:
    return ReadingPlan.model_validate_json((folder / "plan.json").read_bytes())


def _read_reader(path: Path) -> tuple[str, Reader] | None:
    """Return when a reader came and what they answered; a torn last line is as if it had not been given."""
    try:
        texts = path.read_bytes().splitlines()
    except OSError:
        return None
    signed: Signed | None = None
    answers: dict[PassNumber, dict[int, Answer]] = {1: {}, 2: {}}
    ended: set[PassNumber] = set()
    for text in texts:
        with contextlib.suppress(ValidationError):
            match line := _LINES.validate_json(text):
                case Signed():
                    signed = signed or line
                case Answer():
                    answers[line.pass_number][line.case] = line
                case Ended():
                    ended.add(line.pass_number)
    if signed is None:
        return None
    return signed.at, Reader(reader=path.stem, name=signed.name, answers=answers, ended=frozenset(ended))


def _append(path: Path, line: Signed | Answer | Ended) -> None:
    with path.open("ab") as file:
        torn = file.tell() > 0 and not path.read_bytes().endswith(b"\n")
        file.write((b"\n" if torn else b"") + line.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if isinstance(line, Signed):
        sync(path.parent)


@contextlib.contextmanager
def _locked(code: str) -> Iterator[Path]:
    folder = readings_dir() / code
    if not _CODE.fullmatch(code) or not folder.is_dir():
        raise StateError(N_("This reading is gone: it was deleted."))
    with FileLock(folder / ".lock", timeout=10):
        yield folder
