"""Whose turn it is: one place a GPU and a few on the CPU for each kind of work, in an order that can change.

A waiting job holds a ticket: a locked file whose name begins with the time. The first ticket that is still
held may take a free place. First is who asked first, unless order.json says otherwise: the tickets that it
names go before all others, in its order. Nothing has to be cleaned up after a kill: the locks go with their
process, and order.json is replaced in one step.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from core.errors import InvalidValueError, StateError
from core.jobs.control import JobView, active_jobs
from core.jobs.places import Resource, places_of
from core.language import N_
from core.workspace import jobs_dir, write_json

_POLL_SECONDS: Final = 0.1
_RESOURCES: Final[tuple[Resource, ...]] = ("cuda", "mps", "cpu")


@dataclass(frozen=True)
class QueueEntry:
    """A job in the queue.

    Attributes
    ----------
    name, folder
        Of the job.
    place
        Where it runs ("cuda:0", "mps", "cpu"), or what it waits for: any "cuda", "mps", "cpu".
    position
        1 for the next among those that wait for the same; 0 for one at work.
    since
        When it began to run, or to wait: ISO 8601 in UTC.
    """

    name: str
    folder: Path
    place: str
    position: int
    is_waiting: bool
    since: str


@contextmanager
def turn(
    kind: str,
    name: str,
    *,
    waiting: Callable[[int], None],
    resource: Resource = "cpu",
    asked_at: str | None = None,
) -> Iterator[str]:
    """Wait for a place and hold it inside the block, which is given its name: "cpu", "cuda:1", ...

    Parameters
    ----------
    kind
        Jobs of one kind share places: "training", "import".
    name
        The job's name, part of its ticket.
    waiting
        Called at each look in vain with the number of jobs ahead, those at work included; what it raises
        ends the waiting.
    resource
        What the job computes on.
    asked_at
        When it was launched, ISO 8601: of several launched at once, one may be up before an earlier one. Now,
        if left out.
    """
    folder = _folder(kind, resource)
    folder.mkdir(parents=True, exist_ok=True)
    moment = time.time() if asked_at is None else datetime.fromisoformat(asked_at).timestamp()
    ticket = folder / f"{int(moment * 1e6):020d}-{name}.ticket"
    with FileLock(ticket):
        try:
            place, lock = _wait(folder, ticket, waiting, resource)
        finally:
            ticket.unlink(missing_ok=True)
    try:
        yield place
    finally:
        lock.release()


def move(kind: str, name: str, *, to: int) -> None:
    """Let a waiting job be the `to`-th of those that wait for the same; 1 is the next.

    Raises
    ------
    StateError
        It does not wait.
    InvalidValueError
        There is no such position.
    """
    for resource in _RESOURCES:
        folder = _folder(kind, resource)
        if not folder.is_dir():
            continue
        with FileLock(folder / "order.lock"):
            waiting = [ticket.name for ticket in _in_order(folder) if _is_held(ticket)]
            mine = next((ticket for ticket in waiting if _job_of(ticket) == name), None)
            if mine is None:
                continue
            if not 1 <= to <= len(waiting):
                text = N_("There is no place {to} in the queue: choose 1 to {n}.")
                raise InvalidValueError(text, to=to, n=len(waiting))
            waiting.remove(mine)
            waiting.insert(to - 1, mine)
            write_json(folder / "order.json", waiting)
            return
    raise StateError(N_("'{name}' does not wait for its turn, so it has no place in the queue."), name=name)


def queue_view(kind: str) -> list[QueueEntry]:
    """Return the jobs in the queue of a kind: those at work, oldest first, then those that wait in order."""
    jobs = [job for job in active_jobs() if _queue_of(job) == kind]
    at_work = [_at_work(job) for job in jobs if job.state != "queued"]
    waiting = {job.job_id: job for job in jobs if job.state == "queued"}
    entries = sorted(at_work, key=lambda entry: entry.since)
    for resource in _RESOURCES:
        names = [_job_of(ticket.name) for ticket in _in_order(_folder(kind, resource))]
        found = [waiting.pop(name) for name in names if name in waiting]
        entries += [_waiting(job, resource, position) for position, job in enumerate(found, start=1)]
    # Launched a moment ago: their processes are on the way up and hold no tickets yet.
    return entries + [_waiting(job, job.status.place or "", 0) for job in waiting.values()]


def _queue_of(job: JobView) -> str:
    return job.status.kind if job.status.queue is None else job.status.queue


def _at_work(job: JobView) -> QueueEntry:
    since = job.status.started_at or job.status.launched_at
    return QueueEntry(job.job_id, job.folder, job.status.place or "cpu", 0, is_waiting=False, since=since)


def _waiting(job: JobView, place: str, position: int) -> QueueEntry:
    return QueueEntry(job.job_id, job.folder, place, position, is_waiting=True, since=job.status.launched_at)


def _folder(kind: str, resource: Resource) -> Path:
    return jobs_dir() / "queue" / (kind if resource == "cpu" else f"{kind}@{resource}")


def _wait(
    folder: Path, ticket: Path, waiting: Callable[[int], None], resource: Resource
) -> tuple[str, FileLock]:
    places = places_of(resource)
    while True:
        n_waiting = _n_ahead(folder, ticket)
        free = _free_place(folder, places) if n_waiting == 0 else None
        if free is not None:
            return free
        waiting(n_waiting + len(places))
        time.sleep(_POLL_SECONDS)


def _n_ahead(folder: Path, ticket: Path) -> int:
    order = [other.name for other in _in_order(folder)]
    ahead = order[: order.index(ticket.name)] if ticket.name in order else order
    return sum(_is_held(folder / name) for name in ahead)


def _in_order(folder: Path) -> list[Path]:
    """Return the tickets as they come: first those that order.json names, then the others by their age."""
    rank = {name: number for number, name in enumerate(_chosen_order(folder))}
    return sorted(folder.glob("*.ticket"), key=lambda path: (rank.get(path.name, len(rank)), path.name))


def _chosen_order(folder: Path) -> list[str]:
    try:
        names = json.loads((folder / "order.json").read_bytes())
    except (OSError, ValueError):  # nobody chose one, or somebody wrote into it by hand
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _job_of(ticket: str) -> str:
    return ticket.partition("-")[2].removesuffix(".ticket")


def _is_held(ticket: Path) -> bool:
    try:
        with FileLock(ticket, timeout=0):
            ticket.unlink(missing_ok=True)  # its process died while it waited
    except Timeout:
        return True
    return False


def _free_place(folder: Path, places: tuple[str, ...]) -> tuple[str, FileLock] | None:
    for number, place in enumerate(places):
        lock = FileLock(folder / f"slot-{number}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            continue
        return place, lock
    return None
