"""`python -m core.explanation.validity`: measure every pair of method and network, and write the table.

Each pair is written as soon as it is measured; `--missing` goes on where a run was broken off. Times are
seconds of one processor core of this machine.
"""

import os
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final
from unittest import mock

import click
import torch

from core.explanation.catalog import EXPLAINERS
from core.explanation.question import TOLERANCE
from core.explanation.validity.measuring import measure
from core.explanation.validity.records import Validity, ValidityTable
from core.explanation.validity.table import PATH, read, with_pair, write
from core.explanation.validity.trained import Stand, stand_of
from core.models.catalog import MODELS

_PACKAGES: Final = ("captum", "torch", "torchvision")


@click.command()
@click.option("--only", multiple=True, help="METHOD/MODEL, METHOD/ or /MODEL; may be repeated.")
@click.option("--missing", is_flag=True, help="Measure only what the table does not have.")
@click.option("--out", type=click.Path(path_type=Path), default=PATH, help="The table.")
def main(*, only: tuple[str, ...], missing: bool, out: Path) -> None:
    """Measure every method on every network."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, LIGHTBOX_HOME=home):
        for model, methods in wanted_pairs(only).items():
            known = {pair.method for pair in read(out).pairs if pair.model == model} if missing else set()
            if open_methods := [method for method in methods if method not in known]:
                _measure_network(model, open_methods, out)


def wanted_pairs(only: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the methods to measure by network; without a choice all of both catalogs.

    Raises
    ------
    click.BadParameter
        A choice names no pair.
    """
    chosen = [each.partition("/") for each in only] or [("", "/", "")]
    for method, slash, model in chosen:
        if not slash or method not in ("", *EXPLAINERS) or model not in ("", *MODELS):
            raise click.BadParameter(
                f"'{method}{slash}{model}' names no pair: METHOD/MODEL, METHOD/, /MODEL."
            )
    pairs = {
        (known, name)
        for method, _slash, model in chosen
        for known in EXPLAINERS
        for name in MODELS
        if method in ("", known) and model in ("", name)
    }
    by_model = {name: [known for known in EXPLAINERS if (known, name) in pairs] for name in MODELS}
    return {name: methods for name, methods in by_model.items() if methods}


def _measure_network(model: str, methods: list[str], out: Path) -> None:
    click.echo(f"{model}: training ...", err=True)
    stand = stand_of(model)
    click.echo(f"{model}: {stand.facts.image_size} px, AUROC {stand.facts.auroc}", err=True)
    for method in methods:
        pair = measure(method, stand)
        write(out, _with(read(out), pair, stand))
        click.echo(f"    {_line(pair)}", err=True)


def _with(table: ValidityTable, pair: Validity, stand: Stand) -> ValidityTable:
    facts = {
        "measured_on": date.today().isoformat(),
        "versions": {name: version(name) for name in _PACKAGES},
        "tolerance": TOLERANCE,
        "networks": {**table.networks, pair.model: stand.facts},
    }
    return with_pair(table, pair).model_copy(update=facts)


def _line(pair: Validity) -> str:
    figures = f"error {pair.completeness_error} (before {pair.unrepaired_error}), random {pair.randomisation}"
    return f"{pair.method}: {pair.status}, {figures}, {pair.seconds} s. {pair.reason or ''}"


if __name__ == "__main__":
    main()
