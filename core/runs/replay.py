"""What a run keeps of each epoch for the time machine: `replay/<epoch>.npz` beside `replay/about.json`.

A frame holds the cases that are followed (what the network says of each, and where it looks), and where the
validation images lie on a flat map of what it sees. Epoch 0 is before the first step. Pictures are not in it:
they stay in the data set. Reading needs no torch, and a file that is torn, foreign or missing is left out.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from core.language import Message
from core.runs.arrays import read_arrays
from core.transforms.preprocessing.picture import Extent
from core.workspace import replacing

MOST_CASES: Final = 12
MOST_POINTS: Final = 500
MOST_IN_TABLE: Final = 20  # classes; a larger table of errors can't be read
LARGEST_GRID: Final = 16  # squares of a map a side
_MOST_BYTES: Final = 1 << 19  # of a frame; one of ours takes a fiftieth of it, most of it for the points
_KINDS: Final[dict[str, type[np.generic]]] = {
    "cases": np.int64,
    "truth": np.int16,
    "in_training": np.bool_,
    "probabilities": np.float32,
    "maps": np.uint8,
    "peaks": np.float32,
    "places": np.float16,
    "called": np.int16,
}
_NUMBERS: Final = {"epoch": int, "spread": float, "kept_share": float}
_ROUNDING: Final = 1e-3  # by which probabilities may leave [0, 1]


class ReplayAbout(BaseModel):
    """about.json: what all frames of a run have in common.

    Attributes
    ----------
    points
        sample_ids of the validation images on the map of cases.
    truth
        The index of the true class of each point.
    n_val
        How many validation images there are in all.
    map_of
        Whose map is kept: the positive class of two, or each case's own class.
    notes
        What a reader of the frames must know, such as why there are no maps.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    class_names: tuple[str, ...]
    positive_class: str | None
    simulated: bool
    points: tuple[int, ...]
    truth: tuple[int, ...]
    n_val: int
    map_of: Literal["positive", "truth"]
    has_maps: bool
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, eq=False)
class ReplayFrame:
    """What was kept after one epoch; n cases of k classes, m points.

    Attributes
    ----------
    epoch
        0 is before the first step.
    cases
        ndarray of shape (n,), int64: sample_ids.
    truth
        ndarray of shape (n,), int16: the index of each case's true class.
    in_training
        ndarray of shape (n,), bool: whether the network learns from the case; else it is a validation image.
    probabilities
        ndarray of shape (n, k), float32: the softmax of the logits.
    maps
        ndarray of shape (n, h, w), uint8: Grad-CAM, each map up to its own largest value, which is 255.
        Of shape (n, 0, 0) where there are none.
    peaks
        ndarray of shape (n,), float32: that largest value, in logits; 0 where nothing raised the score.
    places
        ndarray of shape (m, 2), float16: each point on the flat map, in units of the cloud's own size (the
        root mean square of the distances from its middle).
    called
        ndarray of shape (m,), int16: the class that the network gives each point.
    spread
        That size, in units of the network's last features.
    kept_share
        The part of the variance of those features that the flat map shows, in [0, 1].
    """

    epoch: int
    cases: NDArray[np.int64]
    truth: NDArray[np.int16]
    in_training: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    maps: NDArray[np.uint8]
    peaks: NDArray[np.float32]
    places: NDArray[np.float16]
    called: NDArray[np.int16]
    spread: float
    kept_share: float

    @property
    def n_bytes(self) -> int:
        """About how many bytes it takes on the disk."""
        return sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray)) + 2048

    def confusion(self, truth: tuple[int, ...], n_classes: int) -> NDArray[np.int64]:
        """Return how often points of a true class (rows) were given each class (columns)."""
        counts = np.zeros((n_classes, n_classes), dtype=np.int64)
        np.add.at(counts, (np.asarray(truth), self.called), 1)
        return counts


@dataclass(frozen=True, eq=False)
class Recording:
    """All that is kept of a run's learning: what the frames have in common, and the frames, by epoch."""

    about: ReplayAbout
    frames: tuple[ReplayFrame, ...]

    @property
    def epochs(self) -> tuple[int, ...]:
        """Which epochs there are."""
        return tuple(frame.epoch for frame in self.frames)


@dataclass(frozen=True, eq=False)
class CaseFilm:
    """The film of a case.

    Attributes
    ----------
    pixels
        ndarray of shape (H, W) or (H, W, 3), uint8, as a viewer shows it.
    extent
        Which part of it the network gets.
    """

    pixels: NDArray[np.uint8]
    extent: Extent


def replay_folder(folder: Path) -> Path:
    """Return where the run in `folder` keeps its frames."""
    return folder / "replay"


def about_path(folder: Path) -> Path:
    """Return where the run in `folder` keeps what its frames have in common."""
    return replay_folder(folder) / "about.json"


def frame_path(folder: Path, epoch: int) -> Path:
    """Return where the run in `folder` keeps the frame of an epoch."""
    return replay_folder(folder) / f"{epoch}.npz"


def write_frame(folder: Path, frame: ReplayFrame) -> None:
    """Write a frame in one step."""
    with replacing(frame_path(folder, frame.epoch)) as temporary, temporary.open("wb") as file:
        np.savez(file, **vars(frame))  # so small that packing it costs more than it saves


def write_about(folder: Path, about: ReplayAbout) -> None:
    """Write about.json in one step."""
    with replacing(about_path(folder)) as temporary:
        temporary.write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_about(folder: Path) -> ReplayAbout | None:
    """Return what the frames of the run in `folder` have in common; None where nothing was kept."""
    try:
        content = about_path(folder).read_bytes()
        about = ReplayAbout.model_validate_json(content)
    except (OSError, ValidationError, json.JSONDecodeError):
        return None
    return about if _is_whole(about) else None


def read_frame(folder: Path, epoch: int, about: ReplayAbout) -> ReplayFrame | None:
    """Return the frame of an epoch, None where it is missing, torn, or not of this run."""
    path = frame_path(folder, epoch)
    try:
        frame = _read(str(path), path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError, OverflowError):
        return None
    return frame if frame.epoch == epoch and _fits(frame, about) else None


def frame_epochs(folder: Path) -> tuple[int, ...]:
    """Return the epochs whose frames are there, in order."""
    names = (path.stem for path in replay_folder(folder).glob("*.npz"))
    return tuple(sorted(int(name) for name in names if name.isascii() and name.isdigit()))


def read_recording(folder: Path, *, most: int | None = None) -> Recording | None:
    """Return all frames of the run in `folder` that can be read; None where none was kept.

    With `most`, so many of them: the first, the last, and others evenly between them.
    """
    about = read_about(folder)
    if about is None:
        return None
    epochs = frame_epochs(folder)
    if most is not None and len(epochs) > most:
        chosen = np.unique(np.linspace(0, len(epochs) - 1, most).round().astype(int))
        epochs = tuple(epochs[place] for place in chosen)
    frames = (read_frame(folder, epoch, about) for epoch in epochs)
    found = tuple(frame for frame in frames if frame is not None)
    return Recording(about, found) if found else None


def cut_replay(folder: Path, *, epoch: int) -> None:
    """Remove the frames of after an epoch: what came after the last checkpoint will be made again."""
    for later in frame_epochs(folder):
        if later > epoch:
            frame_path(folder, later).unlink(missing_ok=True)


def inherit_replay(parent: Path, folder: Path, *, epoch: int, about: ReplayAbout) -> None:
    """Begin the story of a branch with that of the run it leaves at an epoch, where both follow one map."""
    told = read_about(parent)
    if told is None or told.points != about.points or told.class_names != about.class_names:
        return
    for number in frame_epochs(parent):
        frame = read_frame(parent, number, about) if number <= epoch else None
        if frame is not None:
            write_frame(folder, frame)


@lru_cache(maxsize=2048)
def _read(path: str, changed_ns: int) -> ReplayFrame:
    del changed_ns  # part of the key alone
    values: dict[str, Any] = dict(read_arrays(Path(path), (*_KINDS, *_NUMBERS), most_bytes=_MOST_BYTES))
    with np.errstate(all="ignore"):  # what is too large for its kind is found out of its range
        values |= {name: values[name].astype(kind, casting="same_kind") for name, kind in _KINDS.items()}
    values |= {name: kind(values[name]) for name, kind in _NUMBERS.items()}
    return ReplayFrame(**values)


def _is_whole(about: ReplayAbout) -> bool:
    """Tell whether what the frames have in common can be counted on by a reader."""
    k, n = len(about.class_names), len(about.points)
    return (
        n == len(about.truth)
        and n <= MOST_POINTS
        and all(0 <= code < k for code in about.truth)
        and about.positive_class in (None, *about.class_names)
    )


def _fits(frame: ReplayFrame, about: ReplayAbout) -> bool:
    """Tell whether the arrays of a frame have the shapes and ranges that a reader counts on."""
    n, k, m = len(frame.cases), len(about.class_names), len(about.points)
    shapes = (
        (frame.truth.shape, (n,)),
        (frame.in_training.shape, (n,)),
        (frame.probabilities.shape, (n, k)),
        (frame.maps.shape[:1], (n,)),
        (frame.peaks.shape, (n,)),
        (frame.places.shape, (m, 2)),
        (frame.called.shape, (m,)),
    )
    return (
        n <= MOST_CASES
        and len(set(frame.cases.tolist())) == n
        and all(found == expected for found, expected in shapes)
        and frame.maps.ndim == 3
        and (frame.maps.shape[1:] == (0, 0) or all(0 < side <= LARGEST_GRID for side in frame.maps.shape[1:]))
        and _is_in_range(frame, k)
    )


def _is_in_range(frame: ReplayFrame, n_classes: int) -> bool:
    codes = np.concatenate([frame.truth, frame.called])
    shares = np.append(frame.probabilities.ravel(), frame.kept_share)
    sizes = np.concatenate([frame.places.ravel(), frame.peaks, [frame.spread]])
    return bool(
        ((codes >= 0) & (codes < n_classes)).all()
        and ((shares >= -_ROUNDING) & (shares <= 1 + _ROUNDING)).all()  # no number is in no range
        and np.isfinite(sizes).all()
    )
