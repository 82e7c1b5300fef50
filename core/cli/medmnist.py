"""`medmnist`: what the sets are, and one of them from its server to a data set."""

from typing import Any

import click

from core.cli.output import ProgressLine, json_option, show
from core.datasets.medmnist import SIZES, about, find_set, free_name, list_sets
from core.datasets.medmnist_files import kept_file
from core.datasets.medmnist_worker import MedMnistRequest, do_request
from core.datasets.records import ImportReport
from core.datasets.store import list_datasets
from core.language import _


@click.command()
@click.argument("set_name", metavar="[SET]", required=False)
@click.option("--size", default=28, type=click.Choice(SIZES), help="Pixels a side; default: 28.")
@click.option("--name", help="Name of the new data set; default: made of set, size and finding.")
@click.option("--finding", help="ChestMNIST has several findings an image: this one against the rest.")
@json_option
def medmnist(
    set_name: str | None, *, size: int, name: str | None, finding: str | None, as_json: bool
) -> None:
    """List the MedMNIST sets; with SET, download it and make a data set of it.

    A download that was interrupted goes on where it was.
    """
    if set_name is None:
        show({"medmnist": [_row(entry.name) for entry in list_sets()]}, as_json=as_json)
        return
    entry = find_set(set_name)
    name = name or free_name(entry, size, finding, (info.dataset_id for info in list_datasets()))
    request = MedMnistRequest(set_name=entry.name, size=size, name=name, finding=finding)
    progress = ProgressLine()
    report = do_request(request, on_download=progress, on_import=progress)
    progress.end()
    show(_record(report), as_json=as_json)


def _row(name: str) -> dict[str, Any]:
    entry = find_set(name)
    return {
        "name": entry.name,
        "shows": _(about(entry).shows),
        "n_images": entry.n_images,
        "n_classes": len(entry.class_names),
        "task": entry.task,
        "licence": entry.licence,
        "sizes": list(SIZES),
        "downloaded": [size for size in SIZES if (kept := kept_file(entry, size)) and kept.is_whole],
    }


def _record(report: ImportReport) -> dict[str, Any]:
    info = report.info
    return {
        "dataset": info.dataset_id,
        "title": info.title,
        "licence": info.licence,
        "n_images": info.n_images,
        "n_classes": len(info.class_names),
        "class_names": list(info.class_names),
        "class_counts": info.class_counts,
        "positive_class": info.positive_class,
        "n_patients": info.n_patients,
        "splits": info.splits,
        "caveats": [str(caveat) for caveat in info.caveats],
    }
