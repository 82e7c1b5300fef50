"""`sweep`, `sweeps`, `sweep-stop`, `sweep-resume`, `sweep-keep`: the same training with many settings."""

import time
from collections import Counter
from typing import Any, Final, get_args

import click

from core.cli.output import Command, ProgressLine, json_option, show
from core.cli.training import config_of
from core.datasets.store import open_dataset
from core.errors import InvalidValueError, LightboxError
from core.experiments.sweeps import store
from core.experiments.sweeps.keeping import best_trial, free_name, keep_as_run, n_candidates
from core.experiments.sweeps.parsing import parse_dimension
from core.experiments.sweeps.points import MOST_POINTS
from core.experiments.sweeps.records import Pruner, Sampler, SweepRequest, TrialRecord, sifted_grid
from core.experiments.sweeps.space import check_dimension
from core.experiments.sweeps.store import Sweep
from core.jobs.status import ALIVE
from core.language import N_, Message, _
from core.training.config import facts_of

_POLL_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 60
_USUAL: Final = 12


def _sweep_options(command: Command) -> Command:
    """Add the options that say what a sweep varies and how."""
    for option in (
        click.option("--workers", "n_workers", type=click.IntRange(1, 4), default=1, show_default=True),
        click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, help="Of the draws."),
        click.option("--trials", "n_trials", type=int, help="How many; of a grid as many as it has points."),
        click.option("--pruner", type=click.Choice([*get_args(Pruner)]), default="none", show_default=True),
        click.option(
            "--sampler", type=click.Choice([*get_args(Sampler)]), default="random", show_default=True
        ),
        click.option(
            "--vary",
            multiple=True,
            required=True,
            metavar="FIELD=RANGE",
            help="LOW..HIGH[:log][:step=N][:points=N], or values with commas.",
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("dataset")
@click.option("--model", help="A network from `python -m core models`.")
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="What all trials share.")
@_sweep_options
@click.option("--detach", is_flag=True, help="Return at once; `sweeps NAME` says how far it is.")
@json_option
def sweep(
    dataset: str,
    *,
    model: str | None,
    settings: tuple[str, ...],
    vary: tuple[str, ...],
    n_trials: int | None,
    detach: bool,
    as_json: bool,
    **how: Any,  # sampler, pruner, n_workers, seed: fields of the request
) -> None:
    """Train on DATASET with many settings and follow the sweep to its end. Ctrl-C leaves it running."""
    if n_trials is not None and not 1 <= n_trials <= MOST_POINTS:
        raise InvalidValueError(
            N_("A sweep makes 1 to {most} trials, not {n}."), most=MOST_POINTS, n=n_trials
        )
    request = SweepRequest(
        config=config_of(dataset, model, settings, None),
        space=tuple(parse_dimension(text) for text in vary),
        n_trials=n_trials or _USUAL,
        **how,
    )
    if n_trials is None and request.sampler == "grid":
        request = request.model_copy(update={"n_trials": _grid_size(request)})
    _answer(store.start_sweep(request), detach=detach, as_json=as_json)


@click.command("sweeps")
@click.argument("name", required=False)
@json_option
def sweeps(name: str | None, *, as_json: bool) -> None:
    """List the sweeps, or say how far the one called NAME is."""
    if name is not None:
        show(_record(store.open_sweep(name)), as_json=as_json)
        return
    found = []
    for one in store.list_sweeps():
        trials = one.trials()
        state, n = store.state_of(one, trials), one.request.n_trials
        found.append({"name": one.name, "state": state, "trials": _n_ended(trials), "of": n})
    show({"sweeps": found}, as_json=as_json)


@click.command("sweep-stop")
@click.argument("name")
@json_option
def sweep_stop(name: str, *, as_json: bool) -> None:
    """Ask every worker of a sweep to stop at its next batch; the trials at work are kept."""
    one = store.stop_sweep(name)
    until = time.monotonic() + _STOP_SECONDS
    while one.state in ALIVE and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    show(_record(one), as_json=as_json)


@click.command("sweep-resume")
@click.argument("name")
@click.option("--detach", is_flag=True, help="Return at once.")
@json_option
def sweep_resume(name: str, *, detach: bool, as_json: bool) -> None:
    """Let a stopped or interrupted sweep go on: the trials that were at work first."""
    _answer(store.resume_sweep(name), detach=detach, as_json=as_json)


@click.command("sweep-keep")
@click.argument("name")
@click.option("--as", "run_id", metavar="RUN", help="What the run is to be called.")
@click.option("--trial", type=int, help="Another than the best, counted from 1.")
@json_option
def sweep_keep(name: str, *, run_id: str | None, trial: int | None, as_json: bool) -> None:
    """Keep the best trial of a sweep as a run like any other."""
    one = store.open_sweep(name)
    best = best_trial(one.trials(), one.request)
    if best is None and trial is None:
        raise LightboxError(N_("No trial of '{name}' has ended by itself: there is no best one."), name=name)
    number = trial - 1 if trial is not None else best.number if best is not None else 0
    kept = keep_as_run(one, number, run_id or free_name(one))
    click.echo(_warning(one), err=True)
    show({"run": kept.run_id, "sweep": name, "trial": number + 1}, as_json=as_json)


def _warning(one: Sweep) -> str:
    n = n_candidates(one.trials())
    text = N_(
        "It is the best of {n} by its validation score, which is therefore too good; `evaluate RUN --split"
        " test` says how good it is."
    )
    return _(text, n=n)


def _answer(one: Sweep, *, detach: bool, as_json: bool) -> None:
    if not detach:
        _follow(one)
    show(_record(one), as_json=as_json)
    state = one.state
    if state == "failed":
        raise click.exceptions.Exit(1)
    if state == "interrupted":
        text = N_("The processes of '{name}' are gone; let it go on with: python -m core sweep-resume {name}")
        click.echo(_(text, name=one.name), err=True)
        raise click.exceptions.Exit(1)


def _follow(one: Sweep) -> None:
    progress = ProgressLine()
    try:
        while one.state in ALIVE:
            trials = one.trials()
            n, total = _n_ended(trials), one.request.n_trials
            said = Message(text=N_("{n} of {total} trials"), values={"n": n, "total": total})
            progress(n / total, said)
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        text = N_("'{name}' goes on without you; `sweeps {name}` says how far it is, `sweep-stop` ends it.")
        click.echo("\n" + _(text, name=one.name), err=True)
        raise
    progress.end()


def _record(one: Sweep) -> dict[str, Any]:
    trials = one.trials()
    counts = Counter(trial.state for trial in trials)
    best = best_trial(trials, one.request)
    record: dict[str, Any] = {
        "sweep": one.name,
        "state": store.state_of(one, trials),
        "n_trials": one.request.n_trials,
        "done": counts["done"],
        "pruned": counts["pruned"],
        "failed": counts["failed"],
        "metric": f"val_{one.request.metric}",
        "best": None,
    }
    if best is not None:
        run = one.run_name(best.number)
        record["best"] = {"trial": best.number + 1, "run": run, "value": best.value} | best.point
    record["trials"] = [_trial(one, trial) for trial in trials]
    return record


def _trial(one: Sweep, trial: TrialRecord) -> dict[str, Any]:
    return {
        "trial": trial.number + 1,
        "state": trial.state,
        "value": trial.value,
        "epochs": len(trial.values),
        "settings": trial.point,
        "run": one.run_name(trial.number) if one.run(trial.number) is not None else None,
        "reason": None if trial.reason is None else str(trial.reason),
    }


def _n_ended(trials: tuple[TrialRecord, ...]) -> int:
    return sum(trial.state in ("done", "pruned", "failed") for trial in trials)


def _grid_size(request: SweepRequest) -> int:
    for dimension in request.space:
        check_dimension(dimension, request.config)
    facts = facts_of(open_dataset(request.config.dataset).info)
    return max(1, len(sifted_grid(request, facts).points))


COMMANDS = (sweep, sweeps, sweep_stop, sweep_resume, sweep_keep)
