"""`rename`, `copy`, `relabel`, `delete`: what can be done with a data set that is there."""

from pathlib import Path

import click

from core.cli.output import ProgressLine, json_option, show
from core.datasets.editing import LabelCorrection, correct_labels, undo_last_edit
from core.datasets.exporting import export_dataset
from core.datasets.records import DatasetInfo
from core.datasets.store import delete_dataset, duplicate_dataset, open_dataset, rename_dataset
from core.errors import InvalidValueError
from core.language import N_, _
from core.runs.uses import runs_of


@click.command()
@click.argument("dataset")
@click.argument("name")
@json_option
def rename(dataset: str, name: str, *, as_json: bool) -> None:
    """Call DATASET by another NAME; its runs go on finding it."""
    info = rename_dataset(dataset, name)
    show({"dataset": info.dataset_id, "former_names": list(info.former_names)}, as_json=as_json)


@click.command()
@click.argument("dataset")
@click.argument("name")
@json_option
def copy(dataset: str, name: str, *, as_json: bool) -> None:
    """Make a copy of DATASET called NAME, to be changed by itself; pictures are shared on the disk."""
    info = duplicate_dataset(dataset, name)
    show({"dataset": info.dataset_id, "n_images": info.n_images}, as_json=as_json)


@click.command()
@click.argument("dataset")
@click.argument("corrections", nargs=-1, metavar="[SAMPLE=CLASS ...]")
@click.option("--reason", default="", help="Why; kept with each change.")
@click.option("--new-class", "new_classes", multiple=True, help="A class that is new here; may be repeated.")
@click.option("--undo", is_flag=True, help="Take back what was changed last.")
@json_option
def relabel(
    dataset: str,
    corrections: tuple[str, ...],
    *,
    reason: str,
    new_classes: tuple[str, ...],
    undo: bool,
    as_json: bool,
) -> None:
    """Give samples of DATASET other classes; each change is a line in its edits.jsonl."""
    if undo == bool(corrections):
        raise InvalidValueError(N_("Say which samples get which class, for example 12=normal, or --undo."))
    if undo:
        info = undo_last_edit(dataset)
    else:
        wanted = [_correction(text, reason) for text in corrections]
        info = correct_labels(dataset, wanted, new_classes=new_classes)
    show(_record(info), as_json=as_json)


def export_pictures(dataset: str, *, out: Path, as_json: bool) -> None:
    """Write a data set as a zip of PNG pictures and a CSV, without pseudonyms: `export DATASET`."""
    progress = ProgressLine()
    report = export_dataset(dataset, out, progress=progress)
    progress.end()
    show(
        {"dataset": report.dataset_id, "out": str(out), **report.model_dump(exclude={"dataset_id"})},
        as_json=as_json,
    )


@click.command()
@click.argument("dataset")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete(dataset: str, *, yes: bool, as_json: bool) -> None:
    """Delete DATASET with its pictures. Runs made with it keep their curves and stored judgements."""
    info = open_dataset(dataset).info
    runs = [run.run_id for run in runs_of(info)]
    if not yes:
        text = _("Delete '{name}' for good? {n} runs were made with it.", name=info.dataset_id, n=len(runs))
        click.confirm(text, abort=True, err=True)
    delete_dataset(info.dataset_id)
    show({"deleted": info.dataset_id, "runs": runs}, as_json=as_json)


COMMANDS = (rename, copy, relabel, delete)


def _correction(text: str, reason: str) -> LabelCorrection:
    number, equals, label = text.partition("=")
    if not equals or not number.strip().isdecimal():
        message = N_("'{text}' is no correction; write the number of the sample, = and its class: 12=normal.")
        raise InvalidValueError(message, text=text)
    return LabelCorrection(sample_id=int(number), label=label.strip(), reason=reason[:500])


def _record(info: DatasetInfo) -> dict[str, object]:
    return {
        "dataset": info.dataset_id,
        "revision": info.revision,
        "n_edits": info.n_edits,
        "class_counts": info.class_counts,
        "positive_class": info.positive_class,
    }
