"""`find-rate`, `estimate`, `crossvalidate`, `folds`: what is asked before and around a training."""

import time
from typing import Any, TypeVar

import click

from core.cli.output import Command, ProgressLine, json_option, show
from core.cli.training import config_of
from core.datasets.store import open_dataset
from core.errors import InvalidValueError, LightboxError
from core.experiments import folds
from core.experiments.asking import answer_of, ask, job_of
from core.experiments.estimate_arithmetic import estimate_of
from core.experiments.estimate_records import ESTIMATE, EstimateRequest, Measurement
from core.experiments.folds import CrossValidation
from core.experiments.rate_records import RATE, RateCurve, RateRequest
from core.experiments.records import Request, Result
from core.jobs.control import wait
from core.jobs.status import ALIVE
from core.language import N_, Message, _

_POLL_SECONDS = 0.2
_Answer = TypeVar("_Answer", bound=Result)


def _config_options(command: Command) -> Command:
    """Add the options that say what is trained, as those of `train`."""
    for option in (
        click.option("--preprocessing", metavar="NAME_OR_FILE", help="A pipeline, or its JSON file."),
        click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="A setting."),
        click.option("--model", help="A network from `python -m core models`."),
        click.argument("dataset"),
    ):
        command = option(command)
    return command


@click.command("find-rate")
@_config_options
@json_option
def find_rate(
    dataset: str, *, model: str | None, settings: tuple[str, ...], preprocessing: str | None, as_json: bool
) -> None:
    """Look for a learning rate on DATASET: up to 100 steps at a rising rate; the network is thrown away."""
    config = config_of(dataset, model, settings, preprocessing)
    curve = ask_and_follow(RATE, RateRequest.of(config, open_dataset(dataset).info.revision), RateCurve)
    record: dict[str, Any] = {
        "suggestion": curve.suggestion,
        "low": curve.span[0] if curve.span else None,
        "high": curve.span[1] if curve.span else None,
        "edge": curve.edge,
        "verdict": curve.verdict,
        "current": config.learning_rate,
        "steps": len(curve.rates),
        "seconds": curve.seconds,
    }
    if as_json:
        record |= {"rates": curve.rates, "losses": curve.losses, "adjusted": curve.adjusted}
        record |= {"smoothed": curve.smoothed}
    show(record, as_json=as_json)


@click.command()
@_config_options
@json_option
def estimate(
    dataset: str, *, model: str | None, settings: tuple[str, ...], preprocessing: str | None, as_json: bool
) -> None:
    """Measure a few steps on DATASET and say how long the whole training takes, and how much memory."""
    config = config_of(dataset, model, settings, preprocessing)
    request = EstimateRequest.of(config, open_dataset(dataset).info.revision)
    measured = ask_and_follow(ESTIMATE, request, Measurement)
    found = estimate_of(measured, config)
    show(
        {
            "seconds": found.seconds.model_dump(),
            "seconds_per_epoch": found.seconds_per_epoch.model_dump(),
            "images_per_second": found.images_per_second,
            "preparing_seconds": found.preparing_seconds,
            "memory_bytes": found.memory_bytes,
            "memory_method": measured.memory_method,
            "disk_bytes": found.disk_bytes,
            "n_steps_measured": found.n_steps_measured,
            "device": measured.device,
            "n_others": measured.n_others,
        },
        as_json=as_json,
    )


@click.command()
@_config_options
@click.option("--folds", "n_folds", type=click.IntRange(3, 10), default=5, show_default=True)
@click.option("--detach", is_flag=True, help="Return at once; `folds NAME` follows later.")
@json_option
def crossvalidate(
    dataset: str,
    *,
    model: str | None,
    settings: tuple[str, ...],
    preprocessing: str | None,
    n_folds: int,
    detach: bool,
    as_json: bool,
) -> None:
    """Train on DATASET once for each fold of its patients, in one job; the mean has an interval."""
    config = config_of(dataset, model, settings, preprocessing)
    _answer(folds.cross_validate(config, n_folds=n_folds), detach=detach, as_json=as_json)


@click.command("folds")
@click.argument("name", required=False)
@click.option("--stop", "stops", is_flag=True, help="Ask it to stop at its next batch.")
@click.option("--resume", "resumes", is_flag=True, help="Let it go on with the fold that was at work.")
@click.option("--detach", is_flag=True, help="Return at once.")
@json_option
def folds_command(name: str | None, *, stops: bool, resumes: bool, detach: bool, as_json: bool) -> None:
    """List the cross-validations, or follow the one called NAME to its end."""
    if name is None:
        found = [{"name": one.name, "state": one.state} for one in folds.list_crossvalidations()]
        show({"crossvalidations": found}, as_json=as_json)
        return
    if stops and resumes:
        raise InvalidValueError(N_("Either --stop or --resume; not both."))
    if stops:
        one = folds.stop(name)
        wait(one.folder, seconds=60)
        show({"name": one.name, "state": one.state}, as_json=as_json)
        return
    one = folds.resume(name) if resumes else folds.open_crossvalidation(name)
    _answer(one, detach=detach, as_json=as_json)


def ask_and_follow(name: str, request: Request, kind: type[_Answer]) -> _Answer:
    """Return the kept answer to a question, or follow the job that finds it."""
    answer = answer_of(name, request, kind)
    if answer is not None:
        return answer
    ask(name, request)
    progress = ProgressLine()
    while (job := job_of(name, request)) is not None and job.state in ALIVE:
        progress(job.status.progress, job.status.message)
        time.sleep(_POLL_SECONDS)
    progress.end()
    answer = answer_of(name, request, kind)
    if answer is None:
        reason = job.status.error if job is not None else None
        raise LightboxError(
            N_("There is no answer: {reason}"), reason=reason or Message(text=N_("it was stopped."))
        )
    return answer


def _answer(one: CrossValidation, *, detach: bool, as_json: bool) -> None:
    if not detach:
        progress = ProgressLine()
        try:
            while one.state in ALIVE:
                progress(one.status.progress, one.status.message or Message(text=N_("Waiting")))
                time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            text = N_(
                "'{name}' goes on without you; `folds {name}` follows it, `folds {name} --stop` ends it."
            )
            click.echo("\n" + _(text, name=one.name), err=True)
            raise
        progress.end()
    show(_record(one), as_json=as_json)
    status = one.status
    if status.state == "failed":
        click.echo(str(status.error), err=True)
        raise click.exceptions.Exit(1)


def _record(one: CrossValidation) -> dict[str, Any]:
    result = one.result
    record: dict[str, Any] = {"name": one.name, "state": one.state, "n_folds": one.request.n_folds}
    record["runs"] = [run.run_id for run in one.runs().values()]
    if result is None:
        return record
    pooled = result.pooled
    return record | {
        "positive_class": result.positive_class,
        "n_images": pooled.n_samples,
        "n_patients": pooled.n_patients,
        "interval": "corrected resampled t (Nadeau and Bengio 2003)",
        "mean": {name: mean.model_dump() for name, mean in result.means.items()},
        "pooled": {name: value.model_dump(mode="json") for name, value in pooled.metrics.items()},
        "folds": [
            {
                "fold": score.fold,
                "run": score.run,
                "n": score.n_images,
                "best_epoch": score.best_epoch,
                "auroc": score.metrics["auroc"].value,
                "low": score.metrics["auroc"].low,
                "high": score.metrics["auroc"].high,
            }
            for score in result.scores
        ],
        "seconds": result.seconds,
    }


COMMANDS = (find_rate, estimate, crossvalidate, folds_command)
