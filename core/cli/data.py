"""`import`: what a user has becomes a data set. `inspect`: what it would become, and nothing is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from core.cli.output import ProgressLine, json_option, show
from core.datasets.importing import ImportReport, import_path
from core.datasets.inspection import inspect
from core.datasets.options import HEADER, HEADER_LABELS, ImportOptions
from core.datasets.plan import ImportPlan
from core.errors import ImportRefusedError, InvalidValueError, UnknownNameError
from core.language import N_, Message, _

_LABELS_FROM: Final = ("folder", "table", *(f"{HEADER}{name}" for name in HEADER_LABELS))

_OPTIONS: Final = (
    click.option(
        "--labels", "labels_csv", help="CSV with the labels; default: the one in the folder, if any."
    ),
    click.option("--image-column", help="Column with the file names."),
    click.option("--label-column", help="Column with the classes."),
    click.option("--patient-column", help="Column that says which images are of one patient; '' for none."),
    click.option("--split-column", help="Column that says train, val or test; '' for none."),
    click.option(
        "--keep-column",
        "keep_columns",
        multiple=True,
        help="A further column, or age_band, sex, view, laterality, body_part of DICOM; may be repeated.",
    ),
    click.option(
        "--patient-pattern",
        metavar="REGEX",
        help="Finds the patient in the file name; its first group counts.",
    ),
    click.option("--finding", help="Of several findings an image: this one against the rest."),
    click.option(
        "--labels-from",
        metavar="SOURCE",
        help="folder, table, or header: and an attribute of the DICOM header, such as header:view.",
    ),
    click.option("--unlabelled", is_flag=True, help="Without classes, to be labelled afterwards."),
    click.option("--crop", metavar="TOP,RIGHT,BOTTOM,LEFT", help="Margins to cut off, in percent."),
    click.option(
        "--window", type=click.IntRange(min=0), default=0, help="Which window of a DICOM file, from 0."
    ),
    click.option("--skip-suspicious", is_flag=True, help="Leave out images that may have text burned in."),
)


def _source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("import")
@click.argument("path")
@click.option("--name", required=True, help="Name of the new data set: lower-case letters, digits, - and _.")
@_source_options
@json_option
def import_command(path: str, *, as_json: bool, **options: Any) -> None:
    """Import PATH: a folder per class, split folders, a CSV with images, a zip, a MedMNIST .npz, DICOM."""
    progress = ProgressLine()
    report = import_path(_path(path), _asked(options), progress=progress)
    progress.end()
    show(_record(report), as_json=as_json)


@click.command("inspect")
@click.argument("path")
@_source_options
@json_option
def inspect_command(path: str, *, as_json: bool, **options: Any) -> None:
    """Say what PATH would become and what would be skipped; nothing is kept."""
    progress = ProgressLine()
    plan = inspect(_path(path), _asked({"name": "inspected", **options}), progress=progress)
    progress.end()
    show(_plan_record(plan), as_json=as_json)


def _path(text: str) -> Path:
    if not text:  # Path("") is the folder that the command is called in
        raise ImportRefusedError(N_("There is nothing at '{path}'. Check the path."), path=text)
    return Path(text)


def _asked(options: dict[str, Any]) -> ImportOptions:
    crop = options.pop("crop")
    labels_from = options["labels_from"]
    if labels_from is not None and labels_from not in _LABELS_FROM:
        raise UnknownNameError(N_("source of labels"), labels_from, _LABELS_FROM)
    return ImportOptions.model_validate({**options, "margins": _margins(crop) if crop else None})


def _margins(text: str) -> tuple[float, ...]:
    """Return shares from percents: "5,0,10,0" is (0.05, 0.0, 0.1, 0.0)."""
    try:
        shares = tuple(float(part) / 100 for part in text.split(","))
    except ValueError:
        shares = ()
    if len(shares) != 4 or not all(0 <= share < 1 for share in shares):
        message = N_("--crop takes four percents, TOP,RIGHT,BOTTOM,LEFT, for example 5,0,10,0; not '{text}'.")
        raise InvalidValueError(message, text=text)
    return shares


def _record(report: ImportReport) -> dict[str, object]:
    info = report.info
    return {
        "dataset": info.dataset_id,
        "n_images": info.n_images,
        "n_classes": len(info.class_names),
        "class_names": list(info.class_names),
        "class_counts": info.class_counts,
        "positive_class": info.positive_class,
        "n_patients": info.n_patients,
        "splits": info.splits,
        "overlap": info.overlap.model_dump() if info.overlap else None,
        "columns": info.columns.model_dump(mode="json"),
        "skipped": [{"file": skipped.file, "reason": str(skipped.reason)} for skipped in report.skipped],
        "identity": {_(kind): n for kind, n in report.identity.counts.items()},
        "text_suspicions": {_(reason): n for reason, n in report.text_reasons.items()},
        "caveats": _sentences(info.caveats),
    }


def _plan_record(plan: ImportPlan) -> dict[str, object]:
    kept = plan.model_dump(mode="json", exclude={"previews", "skips", "text_reasons", "findings"})
    return {
        **kept,
        "question": str(plan.question) if plan.question else None,
        "findings": [finding.model_dump() for finding in plan.findings],
        "text_suspicions": {_(reason): n for reason, n in plan.text_reasons.items()},
        "caveats": _sentences(plan.caveats),
        "notes": _sentences(plan.notes),
        "skipped": [{"file": skipped.file, "reason": str(skipped.reason)} for skipped in plan.skips],
    }


def _sentences(messages: tuple[Message, ...]) -> list[str]:
    return [str(message) for message in messages]
