"""Train every family of networks on a folder of real images: `python -m benchmarks.families FOLDER`.

Results go to docs/families.json as soon as each run ends, and docs/families.md is made from them; a run that
stands there is not made again. Nothing of the folder's path is written down.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks import machine
from benchmarks.family_list import FAMILIES, Family
from benchmarks.family_table import Record, chosen_rate, page
from benchmarks.home import temporary_home
from core.datasets.importing import import_path
from core.datasets.options import ImportOptions
from core.datasets.store import open_dataset
from core.evaluation.predictions import predictions_of
from core.jobs import control
from core.models.build import build_model
from core.runs.metrics import read_metrics
from core.runs.predictions import Predictions
from core.runs.records import EpochMetrics
from core.runs.store import Run
from core.training import launch
from core.training.config import parse_config
from core.workspace import ROOT, write_text

_NAMES = [family.network for family in FAMILIES]
_DATASET = "families"
_DAY_SECONDS = 86_400
_KEY = "5a" * 32  # of the patients' pseudonyms, which decide the split: another call must split alike


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), envvar="LIGHTBOX_FAMILIES_DATA")
@click.option(
    "--patient-pattern",
    default=r"^(person\d+|(?:NORMAL2-)?IM-\d+)",
    show_default=True,
    help="Finds the patient in the file name.",
)
@click.option("--only", multiple=True, type=click.Choice(_NAMES), help="This network; may be repeated.")
@click.option(
    "--seeds", multiple=True, type=int, default=(0, 1, 2), show_default=True, help="May be repeated."
)
@click.option("--epochs", type=click.IntRange(min=1), default=10, show_default=True)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=ROOT / "docs" / "families.json",
    help="JSON; the table is written beside it.  [default: docs/families.json]",
)
def families(
    folder: Path,
    *,
    patient_pattern: str,
    only: tuple[str, ...],
    seeds: tuple[int, ...],
    epochs: int,
    results: Path,
) -> None:
    """Train the networks on FOLDER (a folder per class), by patient, and write the table."""
    kept = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {"runs": []}
    with temporary_home() as home:
        write_text(home / "pseudonym.key", _KEY)
        import_path(folder, ImportOptions(name=_DATASET, patient_pattern=patient_pattern))
        info = open_dataset(_DATASET).info
        click.echo(f"{info.n_images} images, {info.n_patients} patients", err=True)
        for family in FAMILIES:
            if not only or family.network in only:
                _train_family(family, seeds, epochs, kept, results)


def _train_family(family: Family, seeds: tuple[int, ...], epochs: int, kept: Record, results: Path) -> None:
    """Choose the learning rate with the first seed, then train the others with it."""
    for rate in family.rates:
        _train_once(family, seeds[0], rate, epochs, kept, results)
    rate = chosen_rate(family.network, kept["runs"])
    for seed in seeds[1:]:
        _train_once(family, seed, rate, epochs, kept, results)


def _train_once(family: Family, seed: int, rate: float, epochs: int, kept: Record, results: Path) -> None:
    wanted = {"network": family.network, "seed": seed, "learning_rate": rate, "epochs": epochs}
    if any(wanted.items() <= run.items() for run in kept["runs"]):
        return
    click.echo(f"{family.network}, seed {seed}, learning rate {rate:g} ...", err=True)
    run = _trained(family, seed=seed, rate=rate, epochs=epochs)
    predictions = predictions_of(run, "test", who="command line")
    data = _data(run, predictions)
    if kept.setdefault("data", data) != data:
        raise click.ClickException(f"{results.name} was made on other images, or with another split.")
    kept["runs"].append({**wanted, **_record(family, run, predictions)})
    kept |= {"made_on": date.today().isoformat(), "machine": machine.line(machine.describe())}
    write_text(
        results, json.dumps(kept, indent=None, separators=(",", ":")).replace('{"network"', '\n{"network"')
    )
    write_text(results.with_suffix(".md"), page(kept))
    area = kept["runs"][-1]
    click.echo(f"    validation AUROC {area['val_auroc']:.3f}, {area['seconds']:.0f} s", err=True)


def _trained(family: Family, *, seed: int, rate: float, epochs: int) -> Run:
    config = parse_config(
        {
            "dataset": _DATASET,
            "model": family.network,
            "image_size": family.image_size,
            "batch_size": family.batch_size,
            "learning_rate": rate,
            "epochs": epochs,
            "seed": seed,
            "keep_epochs": "none",
        }
    )
    run = launch.launch(config)
    state = control.wait(run.folder, seconds=_DAY_SECONDS)
    if state != "completed":
        raise click.ClickException(f"the run ended as {state}: {control.tail_log(run.folder, 5)}")
    return run


def _data(run: Run, predictions: Predictions) -> Record:
    """Return what all runs share; of the patients, who has which images, and no more."""
    info, split = open_dataset(_DATASET).info, run.split()
    if predictions.positive_index is None:
        raise click.ClickException("The table is one of two classes.")
    patients: list[int] | None = None
    if predictions.patient_ids is not None:
        patients = np.unique(predictions.patient_ids.astype(str), return_inverse=True)[1].tolist()
        order = {number: place for place, number in enumerate(dict.fromkeys(patients))}
        patients = [order[number] for number in patients]
    return {
        "class_names": list(info.class_names),
        "positive_class": info.positive_class,
        "split": run.request.split_hash,
        "n_train": int((split["split"] == "train").sum()),
        "n_val": int((split["split"] == "val").sum()),
        "y_true": (predictions.y_true == predictions.positive_index).astype(int).tolist(),
        "patients": patients,
    }


def _record(family: Family, run: Run, predictions: Predictions) -> dict[str, Any]:
    lines = [line for line in read_metrics(run.folder).lines if isinstance(line, EpochMetrics)]
    best = lines[run.card.best_epoch - 1]
    network = build_model(family.network, n_classes=2, n_channels=1, image_size=family.image_size)
    return {
        "image_size": family.image_size,
        "batch_size": family.batch_size,
        "best_epoch": best.epoch,
        "val_auroc": round(float(best.val_auroc or 0), 4),
        "seconds": round(lines[-1].seconds, 1),
        "images_per_second": round(float(np.median([line.images_per_second for line in lines])), 1),
        "n_parameters": sum(weights.numel() for weights in network.parameters()),
        "scores": [round(float(one), 5) for one in predictions.y_score[:, predictions.positive_index or 0]],
    }


if __name__ == "__main__":
    families()
