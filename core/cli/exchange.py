"""`export` and `import-run`: a data set or a run leaves as a zip, and the zip of a run comes in."""

from pathlib import Path
from typing import Any, Literal

import click

from core.cli.datasets import export_pictures
from core.cli.output import ProgressLine, json_option, show
from core.datasets.store import open_dataset
from core.errors import ImportRefusedError, UnknownNameError
from core.exchange.archive import write_archive
from core.language import N_, _
from core.runs.store import list_runs, open_run

_MOST_BYTES = 4_000_000_000  # of pictures that go with a script


@click.command("export")
@click.argument("name", metavar="DATASET|RUN")
@click.option(
    "--as",
    "kind",
    type=click.Choice(("script", "notebook", "archive")),
    help="Of a run. script (the default) and notebook: one zip with both, for plain PyTorch; archive: for"
    " another Lightbox.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The zip to write.")
@click.option("--without-images", is_flag=True, help="A script that finds its images with --data.")
@json_option
def export(
    name: str,
    *,
    kind: Literal["script", "notebook", "archive"] | None,
    out: Path,
    without_images: bool,
    as_json: bool,
) -> None:
    """Write a zip: of DATASET its pictures and a CSV, of RUN a script and a notebook that need no Lightbox.

    With --as archive: RUN as another Lightbox imports it.
    """
    if kind is None and _is_dataset(name):
        export_pictures(name, out=out, as_json=as_json)
        return
    run = open_run(name)
    record: dict[str, Any] = {"run": name, "as": kind or "script", "out": str(out)}
    if kind == "archive":
        write_archive(run, out)
    else:
        from core.exchange.bundle import with_pictures, write_bundle

        progress, most = ProgressLine(), 0 if without_images else _MOST_BYTES
        recipe = write_bundle(run, out, most_bytes=most, progress=progress)
        progress.end()
        record["images"] = with_pictures(recipe, most_bytes=most)
    show({**record, "size_bytes": out.stat().st_size}, as_json=as_json)


def _is_dataset(name: str) -> bool:
    """Tell whether a data set is called so, or no run is: an unknown name is most likely a data set's."""
    try:
        open_dataset(name)
    except UnknownNameError:
        return name not in [run.run_id for run in list_runs()]
    return True


@click.command("import-run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What to call it here; its own name if left out.")
@json_option
def import_run(file: Path, *, name: str | None, as_json: bool) -> None:
    """Take in FILE, the zip of a run that another Lightbox wrote with `export --as archive`."""
    from core.exchange.arrival import import_run as take_in

    if not file.is_file():
        raise ImportRefusedError(N_("'{file}' is no file. Name the zip of a run."), file=str(file))
    arrived = take_in(file, name=name)
    run = arrived.run
    show(
        {
            "run": run.run_id,
            "name_there": arrived.name_there,
            "state": run.state,
            "epochs": len(run.epochs),
            "dataset": run.config.dataset,
            "images": arrived.dataset,
        },
        as_json=as_json,
    )
    if arrived.was_renamed:
        text = N_("'{name}' is taken here: the run is called '{run}' now.")
        click.echo(_(text, name=arrived.name_there, run=run.run_id), err=True)


COMMANDS = (export, import_run)
