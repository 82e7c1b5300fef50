"""`runs`, `tag`, `delete-run`, `restore-run`: what runs there are, and keeping them in order."""

from typing import Any

import click

from core.cli.output import json_option, show
from core.errors import LightboxError
from core.evaluation.index import index
from core.evaluation.run_row import RunRow
from core.runs.notes import add_tag, remove_tag
from core.runs.store import open_run
from core.runs.trash import last_deleted, put_back, throw_away


@click.command("runs", help="List the runs, newest first.")
@click.option("--archived", is_flag=True, help="Those that were put away.")
@json_option
def runs(*, archived: bool, as_json: bool) -> None:
    """List the runs, newest first."""
    rows = [row for row in index().rows() if row.archived == archived]
    show({"runs": [_record(row) if as_json else _in_words(row) for row in rows]}, as_json=as_json)


@click.command("tag")
@click.argument("run_id", metavar="RUN")
@click.argument("tags", metavar="TAG...", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take them away.")
@json_option
def tag(run_id: str, tags: tuple[str, ...], *, remove: bool, as_json: bool) -> None:
    """Add tags to RUN."""
    run = open_run(run_id)
    notes = remove_tag(run, *tags) if remove else add_tag(run, *tags)
    show({"run": run_id, "tags": list(notes.tags)}, as_json=as_json)


@click.command("delete-run")
@click.argument("run_id", metavar="RUN")
@json_option
def delete(run_id: str, *, as_json: bool) -> None:
    """Move RUN to the trash, where it stays for a month; `restore-run` brings it back."""
    deleted = throw_away(run_id)
    show({"run": deleted.run_id, "deleted_at": deleted.deleted_at}, as_json=as_json)


@click.command("restore-run")
@click.argument("run_id", metavar="RUN")
@json_option
def restore(run_id: str, *, as_json: bool) -> None:
    """Put RUN back from the trash; of several of that name the one that was deleted last."""
    show({"run": put_back(last_deleted(run_id)).run_id}, as_json=as_json)


COMMANDS = (runs, tag, delete, restore)


def _record(row: RunRow) -> dict[str, Any]:
    return {
        "name": row.run_id,
        "state": row.state,
        "dataset": row.dataset,
        "model": row.model,
        "split": _split_of(row),
        "created_at": row.created_at,
        "parent": row.parent.run if row.parent else None,
        "tags": list(row.tags),
        "starred": row.starred,
        "archived": row.archived,
        "size_bytes": row.size_bytes,
        "problem": str(row.problem) if row.problem else None,
    }


def _in_words(row: RunRow) -> dict[str, Any]:
    """Return what people look for, in one line of a terminal."""
    return {
        "name": row.run_id,
        "state": row.state,
        "dataset": row.dataset,
        "model": row.model,
        "created_at": row.created_at,
        "parent": row.parent.run if row.parent else None,
        "tags": ", ".join(row.tags),
        "problem": str(row.problem) if row.problem else "",
    }


def _split_of(row: RunRow) -> str | None:
    try:
        return open_run(row.run_id).request.split_hash
    except LightboxError:
        return None
