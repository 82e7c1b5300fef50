"""Whose turn it is: a few slots a kind of work, given in the order of asking.

A waiting job holds a ticket: a locked file whose name begins with the time. The oldest ticket that is still
held may take a free slot. Nothing has to be cleaned up after a kill: the locks go with their process.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import InvalidValueError
from core.language import N_
from core.workspace import jobs_dir

_POLL_SECONDS = 0.1


def n_slots() -> int:
    """Return how many jobs of one kind may work at once: LIGHTBOX_JOBS, by default 1."""
    text = os.environ.get("LIGHTBOX_JOBS") or "1"
    try:
        return max(1, int(text))
    except ValueError:
        raise InvalidValueError(
            N_("LIGHTBOX_JOBS must be a whole number, not '{text}'."), text=text
        ) from None


@contextmanager
def turn(kind: str, name: str, *, waiting: Callable[[int], None]) -> Iterator[None]:
    """Wait for a slot of this kind and hold it inside the block.

    Parameters
    ----------
    kind
        Jobs of one kind share slots: "training", "import".
    name
        The job's name, part of its ticket.
    waiting
        Called at each look in vain with the number of jobs ahead, those at work included; what it raises
        ends the waiting.
    """
    folder = jobs_dir() / "queue" / kind
    folder.mkdir(parents=True, exist_ok=True)
    ticket = folder / f"{time.time_ns():020d}-{name}.ticket"
    with FileLock(ticket):
        try:
            slot = _wait(folder, ticket, waiting)
        finally:
            ticket.unlink(missing_ok=True)
    try:
        yield
    finally:
        slot.release()


def _wait(folder: Path, ticket: Path, waiting: Callable[[int], None]) -> FileLock:
    while True:
        n_waiting = _n_ahead(folder, ticket)
        slot = _free_slot(folder) if n_waiting == 0 else None
        if slot is not None:
            return slot
        waiting(n_waiting + n_slots())
        time.sleep(_POLL_SECONDS)


def _n_ahead(folder: Path, ticket: Path) -> int:
    return sum(_is_held(other) for other in sorted(folder.glob("*.ticket")) if other.name < ticket.name)


def _is_held(ticket: Path) -> bool:
    try:
        with FileLock(ticket, timeout=0):
            ticket.unlink(missing_ok=True)  # its process died while it waited
    except Timeout:
        return True
    return False


def _free_slot(folder: Path) -> FileLock | None:
    for number in range(n_slots()):
        lock = FileLock(folder / f"slot-{number}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            continue
        return lock
    return None
