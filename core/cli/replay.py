"""`replay`: the learning of a run as an animated picture."""

from pathlib import Path

import click

from core.cli.output import json_option, show
from core.errors import StateError, UserError
from core.language import N_
from core.runs.replay import read_recording
from core.runs.store import open_run
from core.workspace import write_bytes

_SIDE = 208  # pixels of a film, before it is made small


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The picture to write (GIF).")
@json_option
def replay(run_id: str, *, out: Path, as_json: bool) -> None:
    """Draw how RUN learned, epoch by epoch, as an animated picture. For teaching, never for diagnosis."""
    import numpy as np

    from core.evaluation.case_films import case_films
    from core.figures.replay_picture import Film, animated

    _check_place(out)
    run = open_run(run_id)
    recording = read_recording(run.folder)
    if recording is None:
        text = N_("'{run}' was not filmed, or no epoch has ended; train it again to have its epochs kept.")
        raise StateError(text, run=run_id)
    films = case_films(run, tuple(recording.frames[-1].cases.tolist()), side=_SIDE)
    tables = {one.epoch: np.array(one.val_confusion) for one in run.epochs if one.val_confusion is not None}
    content = animated(Film(run_id, recording, films, tables))
    try:
        write_bytes(out, content)
    except OSError as error:
        text = N_("'{file}' can't be written: {reason}. Choose another place.")
        raise UserError(text, file=str(out), reason=error.strerror or "") from error
    record = {"run": run_id, "epochs": list(recording.epochs), "size_bytes": len(content), "out": str(out)}
    show(record, as_json=as_json)


def _check_place(path: Path) -> None:
    if path.suffix.lower() != ".gif":
        text = N_("'{name}' would hold a GIF picture; give it a name that ends in .gif.")
        raise UserError(text, name=path.name)
    if not path.parent.is_dir():
        text = N_("There is no folder '{folder}' to write '{name}' into. Make it first.")
        raise UserError(text, folder=str(path.parent), name=path.name)
