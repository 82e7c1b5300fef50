"""`train`, `watch`, `stop`, `resume`: start the worker, a process of its own; follow it; ask it to stop."""

import json
import shutil
import time
from collections.abc import Callable
from typing import Any

import click

from core.cli.output import ProgressLine, json_option, show
from core.cli.pipelines import pipeline_of
from core.datasets.store import open_dataset
from core.errors import InvalidValueError, UserError
from core.experiments import folds
from core.experiments.folds import CrossValidation
from core.experiments.sweeps import store as sweeps
from core.experiments.sweeps.store import Sweep
from core.jobs.status import ALIVE
from core.language import N_, Message, _
from core.models.catalog import MODELS
from core.runs.store import Run, open_run
from core.training import launch
from core.training.config import TrainingConfig, unchecked_config, with_changes

_POLL_SECONDS = 0.2
_LITTLE_BYTES = 10_000_000


@click.command()
@click.argument("dataset")
@click.option("--model", help="A network from `python -m core models`.")
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="A setting; may be repeated.")
@click.option("--preprocessing", metavar="NAME_OR_FILE", help="A pipeline that was kept, or its JSON file.")
@click.option("--detach", is_flag=True, help="Return at once; `watch` follows later.")
@json_option
def train(
    dataset: str,
    *,
    model: str | None,
    settings: tuple[str, ...],
    preprocessing: str | None,
    detach: bool,
    as_json: bool,
) -> None:
    """Train a network on DATASET and follow it to its end. Ctrl-C leaves it running; `stop` stops it."""
    config = config_of(dataset, model, settings, preprocessing)
    if config.device not in ("auto", "cpu"):
        from core.training.devices import choose_device

        choose_device(config.device)  # now: the worker would only find out with a run folder in place
    _refuse_weights(config)
    run = launch.launch(config)
    answer(run, detach=detach, as_json=as_json)


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
def watch(run_id: str, *, as_json: bool) -> None:
    """Follow RUN to its end."""
    answer(open_run(run_id), detach=False, as_json=as_json)


@click.command()
@click.argument("run_id", metavar="RUN")
@json_option
def stop(run_id: str, *, as_json: bool) -> None:
    """Ask RUN to stop at its next batch; it can be resumed."""
    run = launch.stop(run_id)
    _follow(run, until_stopped_for=60)
    show({"run": run.run_id, "state": run.state}, as_json=as_json)


@click.command()
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option("--all", "all_runs", is_flag=True, help="Every run that was interrupted; returns at once.")
@click.option("--detach", is_flag=True, help="Return at once; `watch` follows later.")
@json_option
def resume(run_id: str | None, *, all_runs: bool, detach: bool, as_json: bool) -> None:
    """Let a stopped or interrupted RUN go on where it was, or all that were interrupted."""
    if all_runs == (run_id is not None):
        raise InvalidValueError(N_("Name a run to resume, or use --all; not both."))
    if run_id is None:
        _resume_all(as_json=as_json)
    else:
        answer(launch.resume(run_id), detach=detach, as_json=as_json)


def _resume_all(*, as_json: bool) -> None:
    resumed, refused = [], []
    goes_on: list[tuple[str, Callable[[str], Run | CrossValidation | Sweep]]]
    goes_on = [(one.name, folds.resume) for one in folds.interrupted()]
    goes_on += [(one.name, sweeps.resume_sweep) for one in sweeps.interrupted()]
    goes_on += [(run.run_id, launch.resume) for run in launch.interrupted()]
    for name, resume_one in goes_on:
        try:
            resumed.append({"name": name, "state": resume_one(name).state})
        except UserError as error:
            refused.append({"name": name, "reason": str(error)})
    show({"resumed": resumed, "refused": refused}, as_json=as_json)
    if refused:
        raise click.exceptions.Exit(1)


def answer(run: Run, *, detach: bool, as_json: bool) -> None:
    """Follow a run to its end, or leave it be, and print what it is then; exit code 1 if it failed."""
    if not detach:
        try:
            _follow(run)
        except KeyboardInterrupt:
            text = N_("'{run}' goes on without you; `watch {run}` follows it, `stop {run}` ends it.")
            click.echo("\n" + _(text, run=run.run_id), err=True)
            raise
    show(_record(run), as_json=as_json)
    status = run.status
    if status.state == "failed":
        click.echo(str(status.error), err=True)
        raise click.exceptions.Exit(1)
    if run.state == "interrupted":
        text = N_("The process of '{run}' is gone; let it go on with: python -m core resume {run}")
        if shutil.disk_usage(run.folder).free < _LITTLE_BYTES:  # then it could not even write that it failed
            text = N_("The disk is full; make room, then let it go on with: python -m core resume {run}")
        click.echo(_(text, run=run.run_id), err=True)
        raise click.exceptions.Exit(1)


def _follow(run: Run, *, until_stopped_for: float | None = None) -> None:
    progress = ProgressLine()
    began = time.monotonic()
    while run.state in ALIVE and (until_stopped_for is None or time.monotonic() - began < until_stopped_for):
        status = run.status
        progress(status.progress, status.message or Message(text=N_("Waiting")))
        time.sleep(_POLL_SECONDS)
    progress.end()


def _record(run: Run) -> dict[str, Any]:
    epochs = run.epochs
    rates = sorted(line.images_per_second for line in epochs)
    card = run.card if run.has_model else None
    values = {} if card is None else {name: metric.value for name, metric in card.metrics["val"].items()}
    return {
        "run": run.run_id,
        "state": run.state,
        "epochs": len(epochs),
        "best_epoch": card.best_epoch if card else None,
        "val": values,
        "seconds": epochs[-1].seconds if epochs else None,
        "images_per_second": rates[len(rates) // 2] if rates else None,
    }


def _refuse_weights(config: TrainingConfig) -> None:
    """Refuse weights that do not fit now, not in a run that fails; a launch alone does without torch."""
    if config.weights_from:
        from core.training.starting_weights import check

        info = open_dataset(config.dataset).info
        check(
            config.weights_from,
            MODELS[config.model],
            class_names=info.class_names,
            n_channels=info.n_channels,
            image_size=config.image_size,
        )


def config_of(
    dataset: str, model: str | None, settings: tuple[str, ...], preprocessing: str | None
) -> TrainingConfig:
    """Return the config that the options of a command describe."""
    values = {"dataset": dataset} | ({} if model is None else {"model": model})
    # Checked once all settings are in: the size that a network needs may be among them.
    config = unchecked_config(values | ({} if preprocessing is None else _pipeline_fields(preprocessing)))
    return with_changes(config, dict(setting(text) for text in settings))


def _pipeline_fields(name_or_file: str) -> dict[str, Any]:
    """Return the fields of a config that a pipeline decides: itself, and the size that it ends with."""
    pipeline = pipeline_of(name_or_file).preprocessing
    sizes = [step.parameters["size"] for step in pipeline.active("image") if step.name == "resize"]
    return {"preprocessing": pipeline.model_dump(mode="json")} | ({"image_size": sizes[-1]} if sizes else {})


def setting(text: str) -> tuple[str, Any]:
    """Return the field and the value of FIELD=VALUE; the value is JSON, or text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidValueError(
            N_("--set needs FIELD=VALUE, for example epochs=10, not '{text}'."), text=text
        )
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):  # of thousands of digits or brackets, too
        return name.strip(), value  # a bare word is text
