"""`import`: a folder, table or array file becomes a data set."""

from pathlib import Path

import click

from core.cli.output import ProgressLine, json_option, show
from core.datasets.importing import ImportOptions, ImportReport, import_path
from core.errors import ImportRefusedError
from core.language import N_


@click.command("import")
@click.argument("path")
@click.option("--name", required=True, help="Name of the new data set: lower-case letters, digits, - and _.")
@click.option(
    "--labels", "labels_csv", help="CSV with the labels; default: the one in the folder, if there is one."
)
@click.option("--image-column", help="Column with the file names.")
@click.option("--label-column", help="Column with the classes.")
@click.option("--patient-column", help="Column that says which images are of one patient.")
@click.option("--split-column", help="Column that says train, val or test.")
@click.option(
    "--keep-column", "keep_columns", multiple=True, help="A further column to keep; may be repeated."
)
@click.option(
    "--patient-pattern", metavar="REGEX", help="Finds the patient in the file name; its first group counts."
)
@json_option
def import_command(path: str, *, as_json: bool, **options: object) -> None:
    """Import PATH: a folder per class, split folders, a CSV with images, a MedMNIST .npz, DICOM files."""
    if not path:  # Path("") is the folder that the command is called in
        raise ImportRefusedError(N_("There is nothing at '{path}'. Check the path."), path=path)
    progress = ProgressLine()
    report = import_path(Path(path), ImportOptions.model_validate(options), progress=progress)
    progress.end()
    show(_record(report), as_json=as_json)


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
    }
