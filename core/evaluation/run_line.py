"""Make a run's line out of its folder: its small files whole, of its metrics the end alone. No torch here."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from core.errors import LightboxError
from core.evaluation.run_row import BestMetric, RunRow, best_of
from core.jobs.status import ALIVE, JobStatus
from core.language import N_, Message
from core.runs.kept import parent_request
from core.runs.origin import read_origin
from core.runs.predictions import predictions_path
from core.runs.reading import raw_request, read_card, read_request, read_run_status, refusal
from core.runs.records import EpochMetrics, ModelCard, Parent, RunRequest
from core.runs.store import Run
from core.runs.tail import NO_CURVE, LastLines, last_lines
from core.training.config import differences

_Found = TypeVar("_Found")


def read_line(folder: Path, folders: Mapping[str, Path]) -> RunRow:
    """Read one run; what is wrong with it stands in its line, and nothing is raised.

    Parameters
    ----------
    folder
        The run's.
    folders
        Those of all runs by name, for the one that it came from.

    Returns
    -------
    RunRow
        Its state is what the worker last said, its notes are left out: both may change at any time.
    """
    problems: list[Message] = []
    status = _tried(read_run_status, folder, problems)
    request = _tried(read_request, folder, problems)
    ends = _ends(folder, status, problems)
    has_card = os.path.lexists(folder / "model.json")
    card = _tried(read_card, folder, problems) if has_card or _is_done(status) else None
    asked = _asked(request, folder, folders) if request else _asked_elsewhere(raw_request(folder))
    last = ends.epoch if ends.epoch and ends.n_epochs > _branched_at(request) else None
    _look_at_the_rest(folder, status, problems)
    judged = "" if status is None or status.state in ALIVE else asked["dataset"]
    best = _tried(lambda run: _best(run, judged, card, last), folder, problems)
    return RunRow(
        run_id=folder.name,
        state=status.state if status else None,
        created_at=status.created_at if status else "",
        best=best,
        n_epochs=ends.n_epochs,
        seconds=ends.seconds,
        size_bytes=size_of(folder),
        is_usable=status is not None and request is not None,
        problem=problems[0] if problems else None,
        **asked,
    )


def size_of(folder: Path) -> int:
    """Return the bytes of all files under a folder; what nobody may look into counts as nothing."""
    try:
        with os.scandir(folder) as entries:
            return sum(_size_of_entry(entry) for entry in entries)
    except OSError:
        return 0


def _size_of_entry(entry: os.DirEntry[str]) -> int:
    if entry.is_dir(follow_symlinks=False):
        return size_of(Path(entry.path))
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0


def _tried(read: Callable[[Path], _Found], folder: Path, problems: list[Message]) -> _Found | None:
    try:
        return read(folder)
    except LightboxError as error:
        problems.append(error.message)
    except OSError as error:
        problems.append(refusal(folder / Path(error.filename or "").name, error).message)
    return None


def _is_done(status: JobStatus | None) -> bool:
    return status is not None and status.state == "completed"


def _ends(folder: Path, status: JobStatus | None, problems: list[Message]) -> LastLines:
    """Read how the curve ends; one that is being written may lack half a line, or not be there yet."""
    origin = read_origin(folder)
    if origin is not None and origin.kind == "model":  # it came without a curve
        return LastLines()
    if not os.path.lexists(folder / "metrics.jsonl"):
        if _is_done(status) or os.path.lexists(folder / "model.json"):
            text = N_("'{file}' of '{run}' is missing.")
            problems.append(Message(text=text, values={"file": "metrics.jsonl", "run": folder.name}))
        return LastLines()
    if (ends := _tried(last_lines, folder, problems)) is None:
        return LastLines()
    if _is_done(status) and ends.seconds is None and ends.problem is None:
        problems.append(NO_CURVE)
    if ends.problem is not None and (status is None or status.state not in ALIVE):
        problems.append(ends.problem)
    return ends


def _look_at_the_rest(folder: Path, status: JobStatus | None, problems: list[Message]) -> None:
    """Look whether a run that is done has its network and its split, without reading them."""
    for name in ("best.safetensors", "split.parquet") if _is_done(status) else ():
        path = folder / name
        if path.is_dir():
            text = N_("'{file}' of '{run}' is a folder where a file should be.")
        elif not path.exists():
            text = N_("'{file}' of '{run}' is missing.")
        elif not path.stat().st_size:
            text = N_("'{file}' of '{run}' is empty.")
        else:
            continue
        problems.append(Message(text=text, values={"file": name, "run": folder.name}))


def _branched_at(request: RunRequest | None) -> int:
    """Return the epoch up to which a branch's lines are its parent's."""
    parent = request.parent if request else None
    return (parent.epoch or 0) if parent else 0


def _asked(request: RunRequest, folder: Path, folders: Mapping[str, Path]) -> dict[str, Any]:
    config = request.config
    return {
        "dataset": config.dataset,
        "model": config.model,
        "parent": request.parent,
        "group": request.group,
        "changed": _changed(request, folder, folders),
        "epochs_asked": config.epochs,
    }


def _changed(request: RunRequest, folder: Path, folders: Mapping[str, Path]) -> dict[str, tuple[Any, Any]]:
    """Return what differs from the parent; a branch still knows its settings when it is gone."""
    if request.parent is None:
        return {}
    try:
        if (before := parent_request(Run(folder.name, folder))) is None:
            before = read_request(folders[request.parent.run])
        return differences(request.config, before.config)
    except (LightboxError, KeyError, ValueError, OSError):
        return {}


def _asked_elsewhere(values: dict[str, Any]) -> dict[str, Any]:
    """Return what can be told of a request that cannot be used here; nothing in it is relied upon."""
    config = values.get("config")
    found = config if isinstance(config, dict) else {}
    parent = values.get("parent")
    name = parent.get("run") if isinstance(parent, dict) else None
    return {
        "dataset": str(found.get("dataset", ""))[:64],
        "model": str(found.get("model", ""))[:64],
        "parent": Parent(run=name[:64]) if isinstance(name, str) else None,
    }


def _best(folder: Path, dataset: str, card: ModelCard | None, last: EpochMetrics | None) -> BestMetric | None:
    """Return the best network's AUROC, else its accuracy, as its card or its last epoch tells it."""
    best = _of_card(card) or (_of_last_epoch(last) if last else None)
    if best is None or best.low is not None or not dataset:
        return best
    follows = os.path.exists(predictions_path(folder, dataset, "val"))  # False too without the right to look
    return best.model_copy(update={"interval_follows": follows})


def _of_card(card: ModelCard | None) -> BestMetric | None:
    return None if card is None else best_of(card.metrics.get("val", {}), card.positive_class)


def _of_last_epoch(last: EpochMetrics) -> BestMetric:
    """Return a value alone: how many patients the images are of does not stand in the curve."""
    n = sum(last.val_predicted) if last.val_predicted else None
    if last.val_auroc is not None:
        return BestMetric(name="auroc", value=last.val_auroc, n=n)
    return BestMetric(name="accuracy", value=last.val_accuracy, n=n)
