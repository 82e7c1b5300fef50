"""`make demo`: make again what ships, and compare it with what is there.

The phantoms are drawn anew and their archive compared byte for byte; the example files likewise. The demo run
is trained anew in a temporary home: on the same machine its weights are the same. With `--update` what
differs replaces what ships; without, a difference ends with exit code 1.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from core.datasets.phantom_examples import write_examples
from core.datasets.phantom_set import write_archive
from core.evaluation.predictions import predictions_of
from core.evaluation.report import evaluate
from core.explanation.novelty.making import make_and_keep
from core.jobs import control
from core.runs.kept import is_geometric, kept_bytes
from core.runs.records import CardMetric
from core.runs.store import DEMO_RUN, Run
from core.training import launch
from core.training.config import parse_config
from core.workspace import SAMPLE_DATA, SHIPPED_RUNS, replacing, write_text

DATASET = "phantoms"
_ARCHIVE = SAMPLE_DATA / "phantoms.zip"
_EXAMPLES = SAMPLE_DATA / "examples"
_LEFT_OUT = ("last.pt", "lock", "stop", "log.txt")  # of no use to a reader, or only to this machine
_MOST_KEPT_BYTES = 2_000_000  # of epochs that ship, so that a first visitor can branch at once
_WAIT_SECONDS = 1800


@click.command()
@click.option("--update", is_flag=True, help="Replace what ships by what was made now, where they differ.")
def demo(*, update: bool) -> None:
    """Make the phantoms, the example files and the demo run again, and compare."""
    same = [
        _archive_is_same(update=update),
        _examples_are_same(update=update),
        _run_is_same(update=update),
    ]
    sys.exit(0 if all(same) or update else 1)


def _archive_is_same(*, update: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / _ARCHIVE.name
        write_archive(made)
        return _compare(made, _ARCHIVE, update=update)


def _examples_are_same(*, update: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return all(
            [_compare(made, _EXAMPLES / made.name, update=update) for made in write_examples(Path(folder))]
        )


def _compare(made: Path, shipped: Path, *, update: bool) -> bool:
    """Say whether two files hold the same bytes; with `update` put the new one in the old one's place."""
    same = shipped.exists() and made.read_bytes() == shipped.read_bytes()
    size = f"{made.stat().st_size / 1e6:.2f} MB"
    click.echo(f"{shipped.name}: {size}, {'the same, byte for byte' if same else 'differs from what ships'}")
    if update and not same:
        with replacing(shipped) as temporary:
            shutil.copyfile(made, temporary)
    return same


def _run_is_same(*, update: bool) -> bool:
    """Train the demo run in a temporary home, and compare its weights with those that ship."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["LIGHTBOX_HOME"] = home
        run = _train()
        made, shipped = run.folder / "best.safetensors", SHIPPED_RUNS / DEMO_RUN / "best.safetensors"
        left_out = shutil.ignore_patterns(*_LEFT_OUT, *_epochs_left_out(run))
        same = shipped.exists() and made.read_bytes() == shipped.read_bytes()
        missing = _missing(run.folder, left_out)
        size = f"{made.stat().st_size / 1e3:.0f} kB"
        click.echo(
            f"{DEMO_RUN}: {size}, {'the same weights' if same else 'other weights than those that ship'}"
        )
        if missing:
            click.echo(f"{DEMO_RUN}: not there yet: {', '.join(missing)}")
        if update and (missing or not same):
            shutil.rmtree(SHIPPED_RUNS / DEMO_RUN, ignore_errors=True)
            shutil.copytree(run.folder, SHIPPED_RUNS / DEMO_RUN, ignore=left_out)
    return same and not missing


def _missing(folder: Path, left_out: Callable[[str, list[str]], set[str]]) -> list[str]:
    """Return the files of a run folder that should ship and do not yet."""
    found = []
    for inner, _folders, names in os.walk(folder):
        found += [Path(inner, name).relative_to(folder) for name in set(names) - left_out(inner, names)]
    return sorted(str(path) for path in found if not (SHIPPED_RUNS / DEMO_RUN / path).exists())


def _epochs_left_out(run: Run) -> list[str]:
    """Return the files of the kept epochs that do not ship: all but 1, 2, 4, 8..., or all that there are."""
    sizes = kept_bytes(run)
    series = [epoch for epoch in sizes if is_geometric(epoch)]
    n_bytes = sum(sizes[epoch] for epoch in series)
    ships = series if n_bytes <= _MOST_KEPT_BYTES else []
    click.echo(f"kept epochs that ship: {', '.join(map(str, ships)) or 'none'}, {n_bytes / 1e6:.2f} MB")
    return [f"{epoch}.pt" for epoch in sizes if epoch not in ships]


def _train() -> Run:
    run = launch.launch(parse_config({"dataset": DATASET, "threads": 1}), run_id=DEMO_RUN)
    state = control.wait(run.folder, seconds=_WAIT_SECONDS)
    if state != "completed":
        raise click.ClickException(f"The demo run ended as {state}:\n{control.tail_log(run.folder)}")
    evaluation = evaluate(predictions_of(run, "val"))
    metrics = {
        name: CardMetric(
            value=metric.value, low=metric.low, high=metric.high, n=metric.n, method=metric.method
        )
        for name, metric in evaluation.metrics.items()
    }
    card = run.card.model_copy(update={"metrics": {"val": metrics}})
    write_text(run.folder / "model.json", card.model_dump_json(indent=1) + "\n")
    make_and_keep(run)  # so that the first visitor is told whether an image is like the training images
    for name in ("auroc", "sensitivity", "specificity"):
        value = metrics[name]
        click.echo(
            f"validation {name}: {value.value:.3f} ({value.low:.3f} to {value.high:.3f}), n = {value.n}"
        )
    return run


if __name__ == "__main__":
    demo()
