"""`branch`: go on from a kept epoch of a run with something changed."""

import click

from core.cli.output import json_option, show
from core.cli.training import answer, setting
from core.runs.kept import kept_bytes, kept_epochs
from core.runs.store import open_run
from core.training import branching


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--epoch", type=int, help="One of its kept epochs; left out: the list of them.")
@click.option(
    "--set", "settings", multiple=True, metavar="FIELD=VALUE", help="What changes; may be repeated."
)
@click.option("--detach", is_flag=True, help="Return at once; `watch` follows later.")
@json_option
def branch(run_id: str, *, epoch: int | None, settings: tuple[str, ...], detach: bool, as_json: bool) -> None:
    """Branch RUN: a new run goes on from one of its kept epochs, with the settings that are changed."""
    if epoch is None:
        run = open_run(run_id)
        sizes = kept_bytes(run)
        kept = [{"epoch": number, "size_bytes": sizes.get(number)} for number in kept_epochs(run)]
        show({"run": run_id, "kept_epochs": kept}, as_json=as_json)
        return
    run = branching.branch(run_id, epoch, dict(setting(text) for text in settings))
    answer(run, detach=detach, as_json=as_json)
