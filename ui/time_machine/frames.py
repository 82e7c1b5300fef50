"""What the time machine's player is given: every frame of a run, packed small, and the films of its cases."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st
from PIL import Image

from core.errors import UserError
from core.evaluation.case_films import case_film
from core.figures.theme import COLOURS
from core.runs.replay import MOST_IN_TABLE, Recording, ReplayFrame
from core.runs.store import Run
from core.transforms.preprocessing.picture import Extent
from ui import cache

if TYPE_CHECKING:
    from core.runs.records import EpochMetrics

MOST_FRAMES: Final = 120  # of a longer run, so many are played
_SIDE: Final = 176  # pixels of a film as it is sent
_STEPS: Final = 1000  # places are sent as whole numbers of thousandths


def followed(recording: Recording) -> tuple[int, ...]:
    """Return the cases to show: those of the last frame."""
    return tuple(recording.frames[-1].cases.tolist())


def packed(run: Run, recording: Recording) -> dict[str, Any]:
    """Return frames, cases, classes and curves as the player takes them; words are added by the caller."""
    epochs = {line.epoch: line for line in cache.metrics(run).epochs}
    ids, about = followed(recording), recording.about
    points = {point: place for place, point in enumerate(about.points)}
    has_maps = any(frame.maps.shape[1] for frame in recording.frames)
    return {
        "run": run.run_id,
        "asked": run.config.epochs,
        "classes": _classes(recording),
        "cases": [_case(run, recording, sample_id, place) for place, sample_id in enumerate(ids)],
        "frames": [_frame(frame, recording, ids, epochs.get(frame.epoch)) for frame in recording.frames],
        "truth": _base64(np.asarray(about.truth, dtype=np.int16)),
        "rings": [[points[one], number] for number, one in enumerate(ids, start=1) if one in points],
        "grid": has_maps,
        "curves": _curves(list(epochs.values())),
    }


def picture_of(run: Run, sample_id: int) -> tuple[str, Extent] | None:
    """Return a film as an address with its picture in it, and which part of it the network gets.

    None where the data set, or the film in it, is gone.
    """
    try:
        info = cache.dataset(run.config.dataset).info
        if info.revision != run.request.dataset_revision:
            return None  # another image may stand under this number now
        return _picture(run.run_id, str(run.folder), info.dataset_id, info.revision, sample_id)
    except (UserError, OSError, LookupError):
        return None


@st.cache_data(max_entries=256, max_size="32mb", show_spinner=False)
def _picture(run_id: str, folder: str, dataset_id: str, revision: str, sample_id: int) -> tuple[str, Extent]:
    del revision  # part of the key alone
    film = case_film(Run(run_id, Path(folder)), cache.dataset(dataset_id), sample_id, side=_SIDE)
    content = BytesIO()
    Image.fromarray(film.pixels).save(content, format="JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}", film.extent


def colours_of(recording: Recording) -> tuple[str, ...]:
    """Return a colour for each class."""
    return tuple(COLOURS[code % len(COLOURS)] for code in range(len(recording.about.class_names)))


def aim_of(recording: Recording, truth: int) -> int:
    """Return the class whose map is kept of a case, and whose probability is drawn over the epochs."""
    about = recording.about
    return truth if about.positive_class is None else about.class_names.index(about.positive_class)


def _classes(recording: Recording) -> list[dict[str, str]]:
    pairs = zip(recording.about.class_names, colours_of(recording), strict=True)
    return [{"name": name, "colour": colour} for name, colour in pairs]


def _case(run: Run, recording: Recording, sample_id: int, place: int) -> dict[str, Any]:
    truth = int(recording.frames[-1].truth[place])
    found = picture_of(run, sample_id)
    extent = Extent() if found is None else found[1]
    return {
        "id": sample_id,
        "place": place,
        "truth": truth,
        "aim": aim_of(recording, truth),
        "inTraining": bool(recording.frames[-1].in_training[place]),
        "picture": None if found is None else found[0],
        "extent": [extent.top, extent.left, extent.bottom, extent.right],
    }


def _frame(
    frame: ReplayFrame, recording: Recording, ids: tuple[int, ...], line: EpochMetrics | None
) -> dict[str, Any]:
    """Return a frame with its cases in the order of `ids`; None and -1 for what was not followed yet."""
    place_of = {int(case): place for place, case in enumerate(frame.cases)}
    kept = [place_of.get(case, -1) for case in ids]
    return {
        "epoch": frame.epoch,
        "p": [None if place < 0 else frame.probabilities[place].round(3).tolist() for place in kept],
        "kept": kept,
        "grid": list(frame.maps.shape[1:]),
        "maps": _base64(frame.maps),
        "places": _base64((frame.places.astype(np.float64) * _STEPS).clip(-32767, 32767).astype(np.int16)),
        "called": _base64(frame.called.astype(np.int16)),
        "confusion": _table(frame, recording, line),
    }


def _table(frame: ReplayFrame, recording: Recording, line: EpochMetrics | None) -> Sequence[Sequence[int]]:
    """Return the table of errors of all validation images, where it is known, else of those on the map."""
    about = recording.about
    k = len(about.class_names)
    if k > MOST_IN_TABLE:
        return ()
    if line is not None and line.val_confusion is not None and len(line.val_confusion) == k:
        return line.val_confusion
    found: list[list[int]] = frame.confusion(about.truth, k).tolist()
    return found


def _curves(epochs: list[EpochMetrics]) -> dict[str, Any]:
    aurocs = [[line.epoch, line.val_auroc] for line in epochs if line.val_auroc is not None]
    return {
        "train": [[line.epoch, line.train_loss] for line in epochs],
        "val": [[line.epoch, line.val_loss] for line in epochs],
        "metric": aurocs or [[line.epoch, line.val_accuracy] for line in epochs],
        "isAuroc": bool(aurocs),
    }


def _base64(values: np.ndarray[Any, Any]) -> str:
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode()
