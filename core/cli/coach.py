"""`coach`: what is wrong with the curves of a run, and what to try."""

import json
import shlex
from typing import Any

import click

from core.cli.output import json_option, show
from core.evaluation.coach import SILENT, Finding, coach_run
from core.language import _
from core.runs.store import open_run


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
def coach(run_id: str, *, as_json: bool) -> None:
    """Look at the curves of RUN so far: what is wrong with them, why, and what to try."""
    run = open_run(run_id)
    findings = coach_run(run)
    if as_json:
        show({"run": run.run_id, "findings": [_record(finding) for finding in findings]}, as_json=True)
        return
    for line in [line for finding in findings for line in _lines(finding)] or [str(SILENT)]:
        click.echo(line.encode(errors="backslashreplace").decode())


def _record(finding: Finding) -> dict[str, Any]:
    texts = {"title": finding.title, "why": finding.why, "advice": finding.advice}
    return finding.model_dump(mode="json", exclude=set(texts)) | {
        name: str(text) for name, text in texts.items()
    }


def _lines(finding: Finding) -> list[str]:
    title = _(
        "{title} (epochs {first} to {last})",
        title=finding.title,
        first=finding.first_epoch,
        last=finding.last_epoch,
    )
    if finding.first_epoch == finding.last_epoch:
        title = _("{title} (epoch {epoch})", title=finding.title, epoch=finding.first_epoch)
    settings = [
        shlex.join(["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"])
        for name, value in finding.changes.items()
    ]
    return [title, f"    {finding.why}", f"    {finding.advice}", *(f"    {line}" for line in settings)]
