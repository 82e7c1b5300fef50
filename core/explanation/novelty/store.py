"""The reference of a run on disk: novelty.npz in its folder, tied to its weights. No torch here."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from core.evaluation.looks import can_write
from core.explanation.novelty.records import LARGEST_BYTES, Gaussian, Misses, Reference
from core.runs.arrays import read_arrays
from core.runs.predictions import weights_origin
from core.runs.store import Run
from core.statistics.shares import Share
from core.workspace import write_bytes

NAME: Final = "novelty.npz"
_VERSION: Final = 1  # of the scores: raise it when the same image gets others
_GAUSSIAN: Final = ("scale", "means", "basis", "variances", "rest")
_PLAIN: Final = ("val_scores", "thresholds", "sample_ids", "bank")
_ARRAYS: Final = (*_PLAIN, *(f"{part}_{one}" for part in ("features", "picture") for one in _GAUSSIAN))


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)

    version: int
    origin: str
    false_alarms: Share
    misses: tuple[Misses, ...]


def stored_reference(run: Run) -> Reference | None:
    """Return the reference of a run's present weights; None where there is none, or a damaged one."""
    path = reference_path(run)
    return None if path is None else _read(path)


def reference_path(run: Run) -> Path | None:
    """Return the file of what `stored_reference` returns, without reading its arrays."""
    for folder in dict.fromkeys((run.writable_folder, run.folder)):
        facts = _facts(folder / NAME)
        if facts is not None and facts.version == _VERSION and facts.origin == origin_of(run):
            return folder / NAME
    return None


def origin_of(run: Run) -> str:
    """Return which weights a reference is of."""
    return weights_origin(run.folder, run.card.best_epoch)


def keep(run: Run, reference: Reference) -> Path | None:
    """Write a reference into the run's folder; None where the home is read-only."""
    if not can_write(run.writable_folder):
        return None
    facts = _Facts(
        version=_VERSION,
        origin=reference.origin,
        false_alarms=reference.false_alarms,
        misses=reference.misses,
    )
    arrays: dict[str, NDArray[Any]] = {name: getattr(reference, name) for name in _PLAIN}
    for part, gaussian in (("features", reference.features), ("picture", reference.picture)):
        arrays |= {f"{part}_{one}": np.asarray(getattr(gaussian, one)) for one in _GAUSSIAN}
    content = BytesIO()
    arrays["facts"] = np.frombuffer(facts.model_dump_json().encode(), dtype=np.uint8)
    np.savez(content, allow_pickle=False, **arrays)
    write_bytes(run.writable_folder / NAME, content.getvalue())
    return run.writable_folder / NAME


def _facts(path: Path) -> _Facts | None:
    """Read what stands first in the archive; the arrays stay where they are."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("facts.npy") as file:
            return _Facts.model_validate_json(np.lib.format.read_array(file, allow_pickle=False).tobytes())
    except (OSError, zipfile.BadZipFile, KeyError, EOFError, ValueError):
        return None


def _read(path: Path) -> Reference | None:
    try:
        arrays = read_arrays(path, ("facts", *_ARRAYS), most_bytes=LARGEST_BYTES)
        facts = _Facts.model_validate_json(arrays["facts"].tobytes())
        features, picture = (_gaussian(arrays, part) for part in ("features", "picture"))
    except (OSError, ValueError, ValidationError):
        return None
    return Reference(
        origin=facts.origin,
        features=features,
        picture=picture,
        **{name: arrays[name] for name in _PLAIN},
        false_alarms=facts.false_alarms,
        misses=facts.misses,
    )


def _gaussian(arrays: dict[str, NDArray[Any]], part: str) -> Gaussian:
    scale, means, basis, variances, rest = (arrays[f"{part}_{one}"] for one in _GAUSSIAN)
    return Gaussian(scale, means, basis, variances, rest=float(rest))
