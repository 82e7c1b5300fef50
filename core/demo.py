"""`make demo`: make again what ships, and compare it with what is there.

The phantoms are drawn anew and their archive compared byte for byte; the example files likewise. The demo run
is trained anew in a temporary home: on the same machine its weights are the same. With `--update` what
differs replaces what ships; without, a difference ends with exit code 1.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import click

from core.datasets.phantom_examples import write_examples
from core.datasets.phantom_set import write_archive
from core.evaluation.predictions import predictions_of
from core.evaluation.report import evaluate
from core.jobs import control
from core.runs.records import CardMetric
from core.runs.store import DEMO_RUN, Run
from core.training import launch
from core.training.config import parse_config
from core.workspace import SAMPLE_DATA, SHIPPED_RUNS, replacing, write_text

DATASET = "phantoms"
_ARCHIVE = SAMPLE_DATA / "phantoms.zip"
_EXAMPLES = SAMPLE_DATA / "examples"
_LEFT_OUT = ("last.pt", "lock", "stop", "epochs", "log.txt")  # of no use to a reader, or only to this machine
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
        same = shipped.exists() and made.read_bytes() == shipped.read_bytes()
        size = f"{made.stat().st_size / 1e3:.0f} kB"
        click.echo(
            f"{DEMO_RUN}: {size}, {'the same weights' if same else 'other weights than those that ship'}"
        )
        if update and not same:
            shutil.rmtree(SHIPPED_RUNS / DEMO_RUN, ignore_errors=True)
            shutil.copytree(run.folder, SHIPPED_RUNS / DEMO_RUN, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return same


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
    for name in ("auroc", "sensitivity", "specificity"):
        value = metrics[name]
        click.echo(
            f"validation {name}: {value.value:.3f} ({value.low:.3f} to {value.high:.3f}), n = {value.n}"
        )
    return run


if __name__ == "__main__":
    demo()
