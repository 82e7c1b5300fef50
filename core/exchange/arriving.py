"""What a run that arrives may hold, file by file: each is read, checked, and written anew.

Nothing of the archive is placed as it came but the weights, whose every number has been looked at: all else
is what our own records and readers made of it. Text that would be filled in when it is shown (a Message) is
kept only where it is one of our own.
"""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from core.datasets.records import SPLIT_NAMES
from core.errors import ImportRefusedError, InvalidValueError, LightboxError
from core.exchange.tables import MOST_CLASSES
from core.images.sandbox import Sandbox
from core.jobs.status import ALIVE, JobStatus
from core.language import N_, SOURCE, Message, known_texts, language
from core.runs.metrics import MetricsLine, read_metrics
from core.runs.predictions import Predictions
from core.runs.records import Environment, EpochMetrics, ModelCard, RunEvent, RunRequest
from core.training.uploaded_weights import check_weights
from core.workspace import is_valid_name

_MEGABYTE: Final = 1024**2
_MOST_BYTES: Final[dict[str, int]] = {
    "config.json": _MEGABYTE,
    "env.json": _MEGABYTE,
    "status.json": _MEGABYTE,
    "model.json": 4 * _MEGABYTE,
    "metrics.jsonl": 128 * _MEGABYTE,
    "split.parquet": 64 * _MEGABYTE,
    "predictions": 256 * _MEGABYTE,
    "best.safetensors": 2048 * _MEGABYTE,
}
_SECONDS: Final = 60.0  # for one table
_LARGEST: Final = 1e15
_YEARS: Final = range(2000, 2200)  # those at the ends of a calendar overflow in another zone
_MOST_EPOCHS: Final = 1_000_000
_MOST_WORDS: Final = 2000  # letters of a sentence that arrives
_Record = TypeVar("_Record", bound=BaseModel)


def content_of(path: Path, *, kind: str = "") -> bytes:
    """Return a file that was unpacked; ImportRefusedError if it is missing or larger than any of its kind."""
    name = kind or path.name
    if not path.is_file():
        raise ImportRefusedError(N_("This is no run of Lightbox: '{file}' is missing."), file=path.name)
    if path.stat().st_size > _MOST_BYTES[name]:
        text = N_("'{file}' has {size} MB, which no run's has: nothing was taken in.")
        raise ImportRefusedError(text, file=name, size=path.stat().st_size // _MEGABYTE)
    return path.read_bytes()


def record_in(path: Path, record: type[_Record]) -> _Record:
    """Return a JSON file as the record that it should be."""
    try:
        return record.model_validate_json(content_of(path))
    except (ValidationError, ValueError, RecursionError, LightboxError) as error:
        if isinstance(error, ImportRefusedError):
            raise
        text = N_("'{file}' of this run cannot be used here: it is damaged, or of another version.")
        raise ImportRefusedError(text, file=path.name) from None


def arrived_request(folder: Path) -> RunRequest:
    """Return what was asked for; its parent and its group belong to the other Lightbox, and stay there."""
    request = record_in(folder / "config.json", RunRequest)
    if not is_valid_name(request.config.dataset):
        raise ImportRefusedError(N_("This run names a data set as none can be called: nothing was taken in."))
    return request.model_copy(update={"parent": None, "group": None})


def arrived_status(folder: Path) -> JobStatus:
    """Return how the run ended; one that was at work there is stopped here."""
    status = record_in(folder / "status.json", JobStatus)
    for moment in (status.created_at, status.launched_at, status.started_at, status.finished_at):
        _check_moment(moment)
    error = status.error
    if error is not None and not is_ours(error):
        error = Message(text=N_("What went wrong was not said in a way that can be shown here."))
    return JobStatus(
        kind="training",
        state="stopped" if status.state in ALIVE else status.state,
        progress=status.progress,
        error=error if status.state == "failed" else None,
        created_at=status.created_at,
        launched_at=status.launched_at,
        started_at=status.started_at,
        finished_at=status.finished_at,
    )


def arrived_environment(folder: Path) -> Environment | None:
    """Return the machine that the run was made on; None where nothing says so."""
    return record_in(folder / "env.json", Environment) if (folder / "env.json").exists() else None


def arrived_lines(folder: Path) -> list[MetricsLine]:
    """Return the lines of the curve; events that are not said in words of ours are left out.

    Raises
    ------
    ImportRefusedError
        A number of an epoch is none, or the epochs do not follow each other from 1 on.
    """
    content_of(folder / "metrics.jsonl")
    lines = [
        line for line in read_metrics(folder).lines if not isinstance(line, RunEvent) or is_ours(line.message)
    ]
    epochs = [line.epoch for line in lines if isinstance(line, EpochMetrics)]
    is_rising = all(before < after for before, after in zip([0, *epochs], epochs, strict=False))
    if not is_rising or max(epochs, default=0) > _MOST_EPOCHS or not all(_is_sound(line) for line in lines):
        raise ImportRefusedError(N_("The curve of this run is damaged: nothing was taken in."))
    return lines


def arrived_card(folder: Path, request: RunRequest, run_id: str) -> ModelCard | None:
    """Return the card of the weights, None where neither is there; the weights have been looked at then.

    Raises
    ------
    ImportRefusedError
        One of both is missing, they do not fit each other, or the network of the request.
    """
    weights, card_path = folder / "best.safetensors", folder / "model.json"
    if not weights.exists() and not card_path.exists():
        return None
    card, content = record_in(card_path, ModelCard), content_of(weights)
    config = request.config
    is_ours_to_use = (
        (card.model, card.dataset) == (config.model, config.dataset)
        and 2 <= len(set(card.class_names)) == len(card.class_names) <= MOST_CLASSES
        and all(0 < len(name) <= 200 for name in card.class_names)
        and (card.positive_class in card.class_names if len(card.class_names) == 2 else True)
        and (card.image_size or config.image_size) == config.image_size
    )
    if not is_ours_to_use:
        raise ImportRefusedError(N_("The card of this run does not fit what was asked for."))
    try:
        shapes = check_weights(content)
    except InvalidValueError as error:
        raise ImportRefusedError(error.message.text, **error.message.values) from None
    if shapes != _shapes_of(card):
        text = N_("The weights of this run are not those of {model}: nothing was taken in.")
        raise ImportRefusedError(text, model=card.model)
    return card.model_copy(update={"run": run_id})


def arrived_split(folder: Path, class_names: tuple[str, ...] | None) -> pd.DataFrame:
    """Return sample_id, label and split."""
    record, buffers = _tables().call(content_of(folder / "split.parquet"), {"kind": "split"})
    numbers = [np.frombuffer(buffer, dtype=np.int64) for buffer in buffers]
    labels, sides = np.array(record["labels"]), np.array(record["splits"])
    is_known = set(record["splits"]) <= set(SPLIT_NAMES)
    if not is_known or len(np.unique(numbers[0])) != len(numbers[0]) or numbers[0].min(initial=0) < 0:
        raise ImportRefusedError(N_("The split of this run is damaged or is no split."))
    if class_names is not None and not set(record["labels"]) <= set(class_names):
        raise ImportRefusedError(N_("The split of this run has classes that its network does not know."))
    return pd.DataFrame(
        {"sample_id": numbers[0], "label": labels[numbers[1]], "split": sides[numbers[2]]}
    ).astype({"label": "str", "split": "str"})


def arrived_predictions(path: Path, card: ModelCard) -> Predictions:
    """Return what the best weights said about the validation images; patients are numbers here."""
    record, buffers = _tables().call(content_of(path, kind="predictions"), {"kind": "predictions"})
    sample_ids, y_true, patients = (np.frombuffer(buffer, dtype=np.int64) for buffer in buffers[:3])
    k = len(card.class_names)
    logits = np.frombuffer(buffers[3], dtype=np.float32).reshape(-1, k)
    is_whole = tuple(record["class_names"]) == card.class_names and len(logits) == len(sample_ids)
    if not is_whole or not np.isfinite(logits).all() or not ((y_true >= 0) & (y_true < k)).all():
        raise ImportRefusedError(N_("The predictions of this run are damaged or are none."))
    digits = len(str(record["n_patients"]))
    names = [None if number < 0 else f"patient-{number + 1:0{digits}d}" for number in patients]
    return Predictions.from_logits(
        logits,
        y_true=y_true,
        sample_ids=sample_ids,
        patient_ids=np.array(names, dtype=object) if record["n_patients"] else None,
        class_names=card.class_names,
        positive_class=card.positive_class,
    )


def is_ours(message: Message) -> bool:
    """Tell whether a sentence is one that Lightbox says itself, and can be filled in as it stands.

    Another text could hold fields that fill in what nobody meant to show, or a million blanks.
    """
    inner = [value for value in message.values.values() if isinstance(value, Message)]
    if message.text not in known_texts() or not all(is_ours(one) for one in inner):
        return False
    try:
        with language(SOURCE):
            return len(str(message)) <= _MOST_WORDS
    except (KeyError, ValueError, IndexError, TypeError, AttributeError):
        return False


@lru_cache(maxsize=1)
def _tables() -> Sandbox:
    return Sandbox(task="core.exchange.tables:read", seconds=_SECONDS)


def _shapes_of(card: ModelCard) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a network's weights, without making any."""
    import torch

    from core.models.build import build_model, without_auxiliary

    try:
        with torch.device("meta"):
            model = build_model(
                card.model,
                n_classes=len(card.class_names),
                n_channels=card.n_channels,
                image_size=card.image_size,
            )
    except LightboxError as error:
        raise ImportRefusedError(error.message.text, **error.message.values) from None
    kept = without_auxiliary(card.model, model.state_dict())
    return {name: tuple(tensor.shape) for name, tensor in kept.items()}


def _check_moment(moment: str | None) -> None:
    try:
        when = None if moment is None else datetime.fromisoformat(moment)
        is_moment = when is None or (when.tzinfo is not None and when.astimezone(UTC).year in _YEARS)
    except (ValueError, OverflowError):
        is_moment = False
    if not is_moment:
        raise ImportRefusedError(N_("The times of this run are damaged: nothing was taken in."))


def _is_sound(line: MetricsLine) -> bool:
    """Tell whether all numbers of a line are numbers of a size that a run can reach, and its counts are."""
    values = [value for value in vars(line).values() if isinstance(value, int | float)]
    is_finite = all(abs(value) <= _LARGEST for value in values)  # NaN is not
    return is_finite and (not isinstance(line, EpochMetrics) or _has_counts(line))


def _has_counts(line: EpochMetrics) -> bool:
    """Tell whether what each class was called is a row of counts, and a square of them, if it is said."""
    called, square = line.val_predicted or (), line.val_confusion or ()
    is_square = len(called) <= MOST_CLASSES and all(len(row) == len(square) for row in square)
    return is_square and all(0 <= n <= _LARGEST for row in (called, *square) for n in row)
