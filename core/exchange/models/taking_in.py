"""Keep a model that somebody brings as a run without a curve: it can be asked wherever a run can.

    run = import_model(Path("m.zip"), name="theirs")

Covers: what `core.exchange.models.brought` checks; a name that is taken. Of what is refused nothing stays.
Does not cover: what a model never had: no curve, no split and no answers come with it. Its data set is called
"<name>-elsewhere" here, so that it is never taken for one of that name in this home.
"""

import struct
import zipfile
from pathlib import Path
from typing import Final

import pandas as pd

from core.errors import ImportRefusedError
from core.exchange.arrival import check_name, hidden_folder, placed
from core.exchange.models.brought import Brought, brought_from, brought_from_zip
from core.exchange.models.files import CARD_NAME, MOST_BYTES, MOST_ZIP_BYTES, WEIGHTS_NAME, too_large
from core.images.zip_checks import Guarded
from core.jobs.status import JobStatus, now
from core.language import N_
from core.runs.origin import Origin, origin_path
from core.runs.records import RunRequest
from core.runs.store import Run
from core.workspace import is_valid_name, replacing, write_bytes, write_text

_NOT_KNOWN: Final = "not-known"  # which state of which data: no model says


def import_model(path: Path, *, name: str | None = None) -> Run:
    """Take in a model; it can be asked and explained, judged on data sets of this home, and not trained on.

    Parameters
    ----------
    path
        The zip that `export-model` wrote, or a folder with best.safetensors and model.json.
    name
        What it shall be called; its own name if left out. A name that is taken gets a number.

    Raises
    ------
    ImportRefusedError
        It is no model, or something in it is not as it should be.
    InvalidValueError
        The name cannot be a run's.
    """
    check_name(name)
    brought = _brought(path)
    own = brought.card.run if is_valid_name(brought.card.run) else "model"
    with hidden_folder() as folder:
        made = folder / "run"
        made.mkdir()
        _write(made, brought, own)
        return placed(made, name or own)


def is_model(path: Path) -> bool:
    """Tell whether a zip says that it holds a model and no run; what is no zip does not."""
    try:
        with Guarded(path, 4096) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, LookupError, struct.error, ImportRefusedError):
        return False
    return CARD_NAME in names and "config.json" not in names


def _brought(path: Path) -> Brought:
    if path.is_dir():
        return brought_from(*(_content(path / part, MOST_BYTES[part]) for part in (WEIGHTS_NAME, CARD_NAME)))
    return brought_from_zip(_content(path, MOST_ZIP_BYTES))


def _content(path: Path, most_bytes: int) -> bytes:
    if not path.is_file():
        text = N_("'{file}' is no file. Name the zip of a model, or a folder with its two files.")
        raise ImportRefusedError(text, file=str(path))
    if (size := path.stat().st_size) > most_bytes:
        raise too_large(path.name, size, most_bytes)
    return path.read_bytes()


def _write(made: Path, brought: Brought, own: str) -> None:
    request = RunRequest(config=brought.config, dataset_revision=_NOT_KNOWN)
    write_text(made / "config.json", request.model_dump_json(indent=1) + "\n")
    write_bytes(made / WEIGHTS_NAME, brought.weights)
    write_text(made / CARD_NAME, brought.card.model_dump_json(indent=1) + "\n")
    write_text(made / "metrics.jsonl", "")
    split = pd.DataFrame({"sample_id": [], "label": [], "split": []})
    with replacing(made / "split.parquet") as temporary:
        split.astype({"sample_id": "int64", "label": "str", "split": "str"}).to_parquet(
            temporary, index=False
        )
    moment = now()
    origin = Origin(run=own, imported_at=moment, kind="model")
    write_text(origin_path(made), origin.model_dump_json(indent=1) + "\n")
    status = JobStatus(
        kind="training", state="completed", progress=1.0, created_at=moment, launched_at=moment
    )
    write_text(made / "status.json", status.model_dump_json(indent=1) + "\n")
