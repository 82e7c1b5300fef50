"""`profile`: what a data set says of itself before anybody trains on it."""

from typing import Any

import click

from core.cli.output import ProgressLine, json_option, show
from core.datasets.profiling.findings import SEVERITIES, Finding, findings
from core.datasets.profiling.making import make_profile
from core.datasets.profiling.records import Profile
from core.datasets.profiling.stored import read_profile
from core.datasets.store import open_dataset
from core.language import _


@click.command()
@click.argument("dataset_id", metavar="DATASET")
@click.option("--again", is_flag=True, help="Look again, though a profile of this revision is kept.")
@json_option
def profile(dataset_id: str, *, again: bool, as_json: bool) -> None:
    """Look for what spoils a score on DATASET: copies, patients on two sides, doubtful labels, shortcuts."""
    dataset = open_dataset(dataset_id)
    made = None if again else read_profile(dataset.folder, dataset.info.revision)
    if made is None:
        progress = ProgressLine()
        made = make_profile(dataset, progress=progress)
        progress.end()
    if as_json:
        show(_record(made), as_json=True)
        return
    for finding in findings(made):
        for line in _lines(finding):
            click.echo(line.encode(errors="backslashreplace").decode())


def _lines(finding: Finding) -> list[str]:
    more = [str(text) for text in (finding.meaning, finding.action) if text is not None]
    head = _("{severity}: {text}", severity=_(SEVERITIES[finding.severity]), text=finding.text)
    return [head] if finding.severity == "fine" else [head, *(f"    {line}" for line in more)]


def _record(made: Profile) -> dict[str, Any]:
    rows = [
        {
            "severity": finding.severity,
            "topic": finding.topic,
            "subject": finding.subject or None,
            "text": str(finding.text),
            "meaning": None if finding.meaning is None else str(finding.meaning),
            "action": None if finding.action is None else str(finding.action),
        }
        for finding in findings(made)
    ]
    return {"dataset": made.dataset_id, "findings": rows, "profile": made.model_dump(mode="json")}
