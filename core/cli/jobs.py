"""`jobs`: who runs where, and who waits at which place; `jobs move` changes the order."""

from typing import Any

import click

from core.cli.output import json_option, show
from core.jobs.control import active_jobs
from core.jobs.queue import QueueEntry, move, queue_view
from core.training.launch import KIND


@click.group("jobs", invoke_without_command=True)
@json_option
@click.pass_context
def jobs(context: click.Context, *, as_json: bool) -> None:
    """List what is queued or running now, in the order in which it will run."""
    if context.invoked_subcommand is None:
        show({"jobs": _rows()}, as_json=as_json)


@jobs.command("move")
@click.argument("run_id", metavar="RUN")
@click.argument("position", metavar="N", type=click.IntRange(min=1))
@json_option
def move_command(run_id: str, position: int, *, as_json: bool) -> None:
    """Let RUN, which waits for its turn, be the N-th of those that wait; 1 is the next."""
    move(KIND, run_id, to=position)
    show({"jobs": _rows()}, as_json=as_json)


def _rows() -> list[dict[str, Any]]:
    active = active_jobs()
    queues = sorted({job.status.queue or job.status.kind for job in active})
    entries: dict[str, QueueEntry] = {}
    for queue in queues:
        entries |= {str(entry.folder): entry for entry in queue_view(queue)}
    order = {folder: number for number, folder in enumerate(entries)}
    rows = []
    for job in sorted(active, key=lambda job: order.get(str(job.folder), -1)):
        entry = entries.get(str(job.folder))
        rows.append(
            {
                "name": job.job_id,
                "kind": job.status.kind,
                "state": job.state,
                "place": (entry.place if entry else job.status.place) or None,
                "position": entry.position or None if entry and entry.is_waiting else None,
                "progress": job.status.progress,
                "message": str(job.status.message or ""),
            }
        )
    return rows
