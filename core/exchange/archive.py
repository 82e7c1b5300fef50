"""A run as a zip that another Lightbox imports: what it was asked, what it learned, how it went.

    write_archive(run, out)

Covers: the request, the machine, the curve, the split, the best weights and their card, what they said about
the validation images, and what was recorded for the time machine. Patients are numbered anew, in an order
that keeps every interval as it is. Does not cover: the state that a run goes on from (last.pt and the kept
epochs are pickles, which nobody should open that somebody else made), log.txt (it names folders of this
machine), looks at the test split, notes and tags, and the images themselves.
"""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from core.errors import StateError
from core.jobs.status import ALIVE, JobStatus
from core.language import N_, Message
from core.runs.metrics import read_metrics
from core.runs.predictions import Predictions, predictions_path, read_predictions, write_predictions
from core.runs.store import INTENDED_USE, Run
from core.workspace import replacing

NOTICE_NAME: Final = "NOT-FOR-DIAGNOSIS.txt"
REPLAY: Final = "replay"
_AS_THEY_ARE: Final = ("config.json", "env.json", "model.json", "split.parquet", "best.safetensors")
_PACKED: Final = (".parquet", ".safetensors", ".npz")  # pressing them again gains nothing
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same run gives the same bytes


def write_archive(run: Run, out: Path) -> None:
    """Write the zip of a run; its bytes depend on nothing but the run.

    Parameters
    ----------
    run
        One that has finished an epoch.
    out
        The file to write; one that is there is replaced when the new one is whole.

    Raises
    ------
    StateError
        The run is still waiting for its first epoch, so that there is nothing to take along.
    """
    refuse_unbegun(run)
    with replacing(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in _members(run):
            if isinstance(content, bytes):
                archive.writestr(member(name), content)
                continue
            with content.open("rb") as source, archive.open(member(name), "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)


def refuse_unbegun(run: Run) -> None:
    """Raise StateError for a run without a finished epoch."""
    if not run.epochs:
        text = N_("'{run}' has no finished epoch yet: there is nothing to take along but its settings.")
        raise StateError(text, run=run.run_id)


def member(name: str) -> zipfile.ZipInfo:
    """Return the entry of a file in a zip whose bytes are the same each time."""
    info = zipfile.ZipInfo(name, _DATE)
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    return info


def estimated_bytes(run: Run) -> int:
    """Return about how large the zip of a run is."""
    names = [run.folder / name for name in _AS_THEY_ARE] + _replay_files(run)
    return sum(path.stat().st_size for path in names if path.exists())


def _members(run: Run) -> Iterator[tuple[str, bytes | Path]]:
    """Yield the name and the content of each file; a Path is copied from there."""
    yield NOTICE_NAME, notice().encode()
    yield "status.json", _status(run).model_dump_json(indent=1).encode() + b"\n"
    lines = read_metrics(run.folder).lines
    yield "metrics.jsonl", b"".join(line.model_dump_json().encode() + b"\n" for line in lines)
    for name in _AS_THEY_ARE:
        if (run.folder / name).exists():
            yield name, run.folder / name
    path = predictions_path(run.folder, run.config.dataset, "val")
    if path.exists():
        yield f"predictions/{path.name}", _without_pseudonyms(path, run.config.dataset)
    for path in _replay_files(run):
        yield f"{REPLAY}/{path.name}", path


def notice() -> str:
    """Return what every export says first."""
    return f"{INTENDED_USE}\n"


def _status(run: Run) -> JobStatus:
    """Return how the run ended; one that is still at work is one that was stopped, where it arrives."""
    status = run.status
    is_over = status.state not in ALIVE
    return JobStatus(
        kind=status.kind,
        state=status.state if is_over else "stopped",
        progress=status.progress,
        error=_without_paths(status.error) if is_over else None,
        created_at=status.created_at,
        launched_at=status.launched_at,
        started_at=status.started_at,
        finished_at=status.finished_at,
    )


def _without_paths(error: Message | None) -> Message | None:
    """Return what went wrong, unless it names a file or a folder of this machine."""
    if error is None:
        return None
    said = json.dumps(error.model_dump(mode="json")["values"])
    return None if "/" in said or "\\" in said else error


def _without_pseudonyms(path: Path, dataset_id: str) -> bytes:
    """Return predictions whose patients are numbered, in the order in which their pseudonyms sort."""
    predictions = read_predictions(path)
    with TemporaryDirectory() as folder:
        written = write_predictions(Path(folder), dataset_id, "val", renumbered(predictions))
        return written.read_bytes()


def renumbered(predictions: Predictions) -> Predictions:
    """Return the same predictions of patient-1, patient-2, ...: nobody is recognised by them elsewhere."""
    if predictions.patient_ids is None:
        return predictions
    known = sorted({name for name in predictions.patient_ids if name is not None})
    digits = len(str(len(known)))
    numbers = {name: f"patient-{number:0{digits}d}" for number, name in enumerate(known, start=1)}
    patients = np.array([numbers.get(name) for name in predictions.patient_ids], dtype=object)
    return replace(predictions, patient_ids=patients)


def _replay_files(run: Run) -> list[Path]:
    folder = run.folder / REPLAY
    return sorted([*folder.glob("about.json"), *folder.glob("[!.]*.npz")])
