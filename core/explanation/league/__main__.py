"""Train networks on phantoms, explain every film with a finding, and write the league table: `make league`.

What stands in league.json is not made again; a run that ended is taken up from `--home`. Looks at the test
split are those of a home that is thrown away.
"""

import os
import tempfile
from contextlib import ExitStack
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final
from unittest import mock

import click

from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.store import list_datasets
from core.evaluation.predictions import predictions_of
from core.explanation.catalog import EXPLAINERS
from core.explanation.league.cases import Cases, find_cases
from core.explanation.league.measuring import mean_area, measure_method, measure_rivals, skill_of
from core.explanation.league.page import page_of
from core.explanation.league.records import League, LeagueNetwork, LeagueRow
from core.explanation.league.table import PATH, read_league
from core.jobs import control
from core.models.catalog import MODELS
from core.runs.checkpoints import LoadedModel, load_model
from core.runs.store import Run, list_runs
from core.training import launch
from core.training.config import parse_config
from core.workspace import ROOT, write_text

NETWORKS: Final = ("small_cnn", "xray_cnn", "resnet18", "mobilenet_v3_small")
PHANTOMS: Final = PhantomConfig(n_patients=800, films_per_patient=1, seed=8)  # each film tells something new
IMAGE_SIZE: Final = 64
_SPLIT: Final = {"scheme": "k-fold", "n_folds": 4, "fold": 1}  # 400 train, 200 validation, 200 test
_DATASET: Final = "league"
# At the usual rate of 0.003 it learned nothing in 20 epochs (AUROC 0.56): its maps said nothing of methods.
_LEARNING: Final = {"mobilenet_v3_small": {"learning_rate": 0.0005, "epochs": 40}}
_DAY_SECONDS: Final = 86_400


@click.command()
@click.option(
    "--only", multiple=True, type=click.Choice(tuple(MODELS)), help="This network; may be repeated."
)
@click.option("--method", multiple=True, type=click.Choice(tuple(EXPLAINERS)), help="This method alone.")
@click.option("--again", is_flag=True, help="Measure also what stands there already.")
@click.option("--home", type=click.Path(path_type=Path), help="Keep the trained networks in this folder.")
@click.option("--out", type=click.Path(path_type=Path), default=PATH, help="The JSON.")
@click.option("--page", type=click.Path(path_type=Path), default=ROOT / "docs" / "explanations.md")
def main(
    *, only: tuple[str, ...], method: tuple[str, ...], again: bool, home: Path | None, out: Path, page: Path
) -> None:
    """Measure every method on several networks, and write the table."""
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lightbox-league-")))
        stack.enter_context(mock.patch.dict(os.environ, LIGHTBOX_HOME=str(folder.resolve())))
        if _DATASET not in {info.dataset_id for info in list_datasets()}:
            click.echo("making phantoms ...", err=True)
            build_phantoms(PHANTOMS, _DATASET)
        for name in only or NETWORKS:
            _measure(name, method or tuple(EXPLAINERS), again=again, out=out, page=page)


def _measure(name: str, methods: tuple[str, ...], *, again: bool, out: Path, page: Path) -> None:
    league = read_league(out)
    known = _rows_of(league, name)
    wanted = [one for one in methods if again or one not in known]
    if not wanted:
        return
    run = _trained(name)
    predictions = predictions_of(run, "test", who="command line")
    cases, loaded = find_cases(run, predictions), load_model(run)
    skill = skill_of(predictions, cases)
    click.echo(f"{name}: AUROC {skill.auroc or 0:.3f}, {len(cases)} films with a finding", err=True)
    for one in wanted:
        known[one] = measure_method(loaded, cases, one)
        row = known[one]
        click.echo(f"    {one}: pointing {row.pointing.value}, {row.reason or ''}", err=True)
        network = LeagueNetwork(
            model=name,
            title=MODELS[name].title,
            epochs=run.config.epochs,
            learning_rate=run.config.learning_rate,
            n_train=run.card.n_train_images,
            skill=skill,
            rows=tuple(known[key] for key in EXPLAINERS if key in known),
        )
        league = _with(league or _begun(run, loaded, cases), network)
        write_text(out, league.model_dump_json(indent=1) + "\n")
        write_text(page, page_of(league))


def _rows_of(league: League | None, name: str) -> dict[str, LeagueRow]:
    networks = () if league is None else league.networks
    return {row.method: row for network in networks if network.model == name for row in network.rows}


def _begun(run: Run, loaded: LoadedModel, cases: Cases) -> League:
    return League(
        made_on="",
        n_images=len(cases),
        n_patients=cases.n_patients,
        image_size=IMAGE_SIZE,
        area=mean_area(cases),
        rivals=measure_rivals(run, loaded, cases),
        networks=(),
    )


def _with(league: League, network: LeagueNetwork) -> League:
    """Return the table with a network in its place, dated today."""
    networks = {one.model: one for one in league.networks} | {network.model: network}
    order = [*NETWORKS, *(name for name in networks if name not in NETWORKS)]
    versions = {name: version(name) for name in ("torch", "captum", "numpy")}
    kept = tuple(networks[name] for name in order if name in networks)
    return league.model_copy(
        update={"made_on": date.today().isoformat(), "versions": versions, "networks": kept}
    )


def _trained(name: str) -> Run:
    """Return the run that this home has of a network, or train it."""
    config = parse_config(
        {
            "dataset": _DATASET,
            "model": name,
            "image_size": IMAGE_SIZE,
            "split": _SPLIT,
            "threads": 1,
            "keep_epochs": "none",
            **_LEARNING.get(name, {}),
        }
    )
    for run in list_runs():  # of this home, which is the league's own
        if run.config.model == name and run.config.dataset == _DATASET and run.state == "completed":
            return run
    click.echo(f"training {name} ...", err=True)
    run = launch.launch(config)
    state = control.wait(run.folder, seconds=_DAY_SECONDS)
    if state != "completed":
        raise click.ClickException(f"{name} ended as {state}: {control.tail_log(run.folder, 5)}")
    return run


if __name__ == "__main__":
    main()
