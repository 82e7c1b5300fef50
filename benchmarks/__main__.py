"""Measure the budgets and print the table: `python -m benchmarks [--json] [--only NAME ...]`.

A row over its budget is printed as it is; the exit code stays 0, for a noisy machine is no fault of the code.
"""

import json
import logging

import click

from benchmarks import machine
from benchmarks.budgets import BUDGETS
from benchmarks.records import Result

_NAMES = [budget.name for budget in BUDGETS]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--only", multiple=True, type=click.Choice(_NAMES), help="Measure this row alone; may be repeated."
)
def bench(*, as_json: bool, only: tuple[str, ...]) -> None:
    """Measure the budgets of the design on this machine."""
    logging.basicConfig(level=logging.WARNING)
    found = machine.describe()
    chosen = [budget for budget in BUDGETS if not only or budget.name in only]
    if not as_json:
        click.echo(machine.line(found))
        click.echo(_row("what", "budget", "measured", "ratio", ""))
    results = []
    for budget in chosen:
        click.echo(f"measuring {budget.name} ...", err=True)
        results.append(budget.measure())
        if not as_json:
            click.echo(_shown(results[-1]))
    if as_json:
        rows = [result.as_dict() for result in results]
        click.echo(json.dumps({"machine": found, "rows": rows}, indent=1))


def _shown(result: Result) -> str:
    budget, sample = result.budget, result.sample
    if sample is None:
        return _row(budget.what, budget.shown, "-", "-", f"skipped: {result.skipped}")
    spread = f"{min(sample.values):.3g} to {max(sample.values):.3g}, n = {len(sample.values)}"
    verdict = "OVER BUDGET; " if result.is_kept is False else ""
    note = f"{verdict}{spread}{'; ' + sample.note if sample.note else ''}"
    ratio = "-" if result.ratio is None else f"{result.ratio:.2f}"
    row = _row(budget.what, budget.shown, f"{sample.value:.3g} {budget.unit}", ratio, note)
    return "\n".join([row, *(f"    {line}" for line in sample.table)])


def _row(what: str, budget: str, measured: str, ratio: str, note: str) -> str:
    return f"{what:<80} | {budget:>10} | {measured:>9} | {ratio:>5} | {note}".rstrip()


if __name__ == "__main__":
    bench()
