"""Film a training: what the network says of some cases after each epoch, where it looks, what it sees alike.

Nothing of it may change the training. The cases are asked in eval mode, right after the validation, whose own
pass gives the features for the map of cases; nothing is drawn, no gradient is left, every hook is taken off.
What goes wrong is noted, and the training goes on without it.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from core.datasets.records import DatasetInfo
from core.errors import UserError
from core.language import N_, Message
from core.models.class_map import class_maps
from core.models.last_features import LastFeatures
from core.runs.pins import chosen_cases, chosen_points, read_pins
from core.runs.replay import (
    LARGEST_GRID,
    MOST_CASES,
    ReplayAbout,
    ReplayFrame,
    about_path,
    cut_replay,
    frame_epochs,
    frame_path,
    inherit_replay,
    read_frame,
    write_about,
    write_frame,
)
from core.runs.store import Run, open_run
from core.statistics.flat_map import aligned, flat_map
from core.training.devices import arranged
from core.training.engine import Engine
from core.training.memory import TooLittleMemoryError, is_shortage, telling_shortage
from core.training.saving import Saver
from core.training.steps import Source

_log = logging.getLogger(__name__)
_STEP_COST: Final = 3  # of learning from an image, in passes forward: there, back, and the weights
_START_SHARE: Final = 0.01
_FAULTS: Final = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
_NO_MAPS: Final = N_("This network has no maps that could be laid over an image: only its answers are kept.")
_MAPS_FAILED: Final = N_("The maps for the time machine could not be made: they are left out from here on.")
_NO_ROOM: Final = N_("The memory is too small to film the learning beside it: no more epochs are filmed.")
_FAILED: Final = N_("The learning could not be filmed: no more epochs are kept for the time machine.")


@dataclass(frozen=True, eq=False)
class Images:
    """The images of a run: `sample_ids` of all rows of the prepared data, and which rows are validated."""

    info: DatasetInfo
    split: pd.DataFrame  # sample_id, label, split
    patients: pd.Series  # by sample_id
    sample_ids: NDArray[np.int64]
    val_rows: NDArray[np.int64]  # in the order of the validation pass


@dataclass(frozen=True, eq=False)
class _Followed:
    """The cases that are followed, and what of them stays the same from epoch to epoch."""

    ids: tuple[int, ...]
    rows: Tensor  # of the prepared data
    truth: NDArray[np.int16]
    in_training: NDArray[np.bool_]


class Replay:
    """Writes a frame after each epoch, through the thread that writes the checkpoints.

    Parameters
    ----------
    run, engine
        What is trained; the engine stands where the run goes on.
    images
        What there is to be asked.
    saver
        Writes the files.
    note
        Is told what went wrong.
    """

    def __init__(
        self, run: Run, engine: Engine, images: Images, *, saver: Saver, note: Callable[[Message], None]
    ) -> None:
        self._run, self._engine, self._images, self._saver, self._note = run, engine, images, saver, note
        self._is_on, self._at_once = True, MOST_CASES
        self._chosen = chosen_cases(images.split, images.patients, images.info.class_names)
        known = images.split[images.split["split"] != "test"]  # sealed: it can't even be asked for
        codes = {name: code for code, name in enumerate(images.info.class_names)}
        self._truth = dict(zip(known["sample_id"], known["label"].map(codes), strict=True))
        self._trained = set(known.loc[known["split"] == "train", "sample_id"])
        val_ids = images.sample_ids[images.val_rows]
        points = chosen_points(tuple(val_ids.tolist()), self._cases())
        self._places = np.flatnonzero(np.isin(val_ids, points))  # of the points in a pass over all of them
        self._features = LastFeatures(engine.model.get_submodule(engine.spec.head[-1]))
        layer = engine.spec.grad_cam_layer
        self._layer = None if layer is None else engine.model.get_submodule(layer)
        self._about = self._described(val_ids[self._places])
        self._written: ReplayAbout | None = None
        self._followed = self._found(self._cases())
        cut_replay(run.folder, epoch=engine.progress.epoch)
        self._inherit()
        before = read_frame(run.folder, engine.progress.epoch, self._about)
        self._before = None if before is None else before.places

    @property
    def is_start_cheap(self) -> bool:
        """Whether a frame of before the first step costs little beside the run: a pass of its own is made."""
        n_val, n_train = len(self._images.val_rows), len(self._trained)
        whole = self._run.config.epochs * (_STEP_COST * n_train + n_val)
        return len(self._places) + MOST_CASES <= _START_SHARE * whole

    @property
    def point_rows(self) -> NDArray[np.int64]:
        """The rows of the prepared data that are on the map of cases."""
        return self._images.val_rows[self._places]

    @contextmanager
    def watching(self, *, points_alone: bool = False) -> Iterator[Callable[[], None]]:
        """Keep the features of a pass over all validation images, or over `point_rows`.

        What is given must be called when the pass begins, and again where it has to begin anew.
        """
        if not self._is_on:
            yield lambda: None
            return
        wanted = np.arange(len(self._places)) if points_alone else self._places
        with self._features.of(wanted) as begin:
            yield begin

    def record(self, epoch: int, logits: Tensor, source: Source, device: torch.device) -> None:
        """Keep the frame of an epoch, after its pass was watched.

        Parameters
        ----------
        epoch
            0 before the first step.
        logits
            Tensor of shape (n, n_classes), float32, on the CPU: of all images of the pass.
        source, device
            What gives the network its inputs, and where it takes rows.
        """
        if not self._is_on:
            return
        try:
            frame = self._frame(epoch, logits[self._features.wanted], source, device)
        except TooLittleMemoryError:
            self._give_up(_NO_ROOM)
        except _FAULTS:
            _log.exception("Epoch %d could not be filmed", epoch)
            self._give_up(_FAILED)
        else:
            self._put(frame)

    def _frame(self, epoch: int, logits: Tensor, source: Source, device: torch.device) -> ReplayFrame:
        cases = self._cases()
        if cases != self._followed.ids:
            self._followed = self._found(cases)
        truth, rows = self._followed.truth, self._followed.rows.to(device)
        answers, maps, peaks = self._ask_all(source, rows, truth)
        flat = flat_map(self._features.taken())
        turned = flat.places if self._before is None else aligned(flat.places, self._before)
        self._before = turned.astype(np.float16)  # as it is stored, so that a resumed run turns it alike
        return ReplayFrame(
            epoch=epoch,
            cases=np.array(cases, dtype=np.int64),
            truth=truth,
            in_training=self._followed.in_training,
            probabilities=answers.softmax(dim=1).numpy(),
            maps=maps,
            peaks=peaks,
            places=self._before,
            called=logits.argmax(dim=1).numpy().astype(np.int16),
            spread=flat.spread,
            kept_share=flat.kept_share,
        )

    def _ask_all(
        self, source: Source, rows: Tensor, truth: NDArray[np.int16]
    ) -> tuple[Tensor, NDArray[np.uint8], NDArray[np.float32]]:
        """Do what `_ask` does for rows of the data, fewer of them at once where the memory is too small."""
        while True:
            try:
                with telling_shortage():
                    parts = range(0, max(1, len(rows)), self._at_once)
                    pieces = [slice(first, first + self._at_once) for first in parts]
                    told = [self._ask(source.evaluation(rows[piece])[0], truth[piece]) for piece in pieces]
                    answers, maps, peaks = zip(*told, strict=True)
                    return torch.cat(answers), np.concatenate(maps), np.concatenate(peaks)
            except TooLittleMemoryError:
                if self._at_once == 1:
                    raise
            self._at_once //= 2

    def _ask(
        self, inputs: Tensor, truth: NDArray[np.int16]
    ) -> tuple[Tensor, NDArray[np.uint8], NDArray[np.float32]]:
        """Return logits (n, n_classes) float32 on the CPU, maps (n, h, w) and their largest values (n,)."""
        engine, n = self._engine, len(truth)
        if self._layer is not None and n:
            ready, targets = arranged(inputs, engine.memory_format), self._targets(truth).to(engine.device)
            try:
                engine.model.eval()
                with engine.autocast():
                    maps, logits = class_maps(engine.model, self._layer, ready, targets)
                return logits.float().cpu(), *_stored(maps)
            except _FAULTS as error:
                if isinstance(error, RuntimeError) and is_shortage(error):
                    raise
                _log.exception("There are no maps for the time machine")
                self._leave_maps()
        return engine.logits(inputs), np.zeros((n, 0, 0), dtype=np.uint8), np.zeros(n, dtype=np.float32)

    def _targets(self, truth: NDArray[np.int16]) -> Tensor:
        """Return whose map is made of each case: the positive class's of two, else its own class's."""
        info = self._images.info
        if info.positive_class is None:
            return torch.from_numpy(truth.astype(np.int64))
        return torch.full((len(truth),), info.class_names.index(info.positive_class))

    def _cases(self) -> tuple[int, ...]:
        """Return the cases that are followed now: those that somebody pinned, else the rule's."""
        pinned = read_pins(self._run.folder)
        wanted = self._run.request.pinned if pinned is None else pinned
        return tuple(case for case in wanted or () if case in self._truth)[:MOST_CASES] or self._chosen

    def _found(self, cases: tuple[int, ...]) -> "_Followed":
        rows = pd.Index(self._images.sample_ids).get_indexer(pd.Index(cases))
        return _Followed(
            cases,
            torch.from_numpy(rows.astype(np.int64)),
            np.array([self._truth[case] for case in cases], dtype=np.int16),
            np.array([case in self._trained for case in cases], dtype=bool),
        )

    def _described(self, points: NDArray[np.int64]) -> ReplayAbout:
        info = self._images.info
        return ReplayAbout(
            class_names=info.class_names,
            positive_class=info.positive_class,
            simulated=info.simulated,
            points=tuple(points.tolist()),
            truth=tuple(int(self._truth[point]) for point in points.tolist()),
            n_val=len(self._images.val_rows),
            map_of="truth" if info.positive_class is None else "positive",
            has_maps=self._layer is not None,
            notes=() if self._layer is not None else (Message(text=_NO_MAPS),),
        )

    def _put(self, frame: ReplayFrame) -> None:
        folder, about = self._run.folder, self._about
        if about != self._written:
            self._saver.put(about_path(folder), lambda: write_about(folder, about), 4096)
            self._written = about
        self._saver.put(frame_path(folder, frame.epoch), lambda: write_frame(folder, frame), frame.n_bytes)

    def _inherit(self) -> None:
        parent = self._run.request.parent
        if parent is None or parent.epoch is None or frame_epochs(self._run.folder):
            return
        with suppress(UserError, OSError):  # the parent is gone, or there is no room: the story begins here
            folder = open_run(parent.run).folder
            inherit_replay(folder, self._run.folder, epoch=parent.epoch, about=self._about)

    def _leave_maps(self) -> None:
        self._layer = None
        said = Message(text=_MAPS_FAILED)
        self._about = self._about.model_copy(update={"notes": (said,)})
        self._note(said)

    def _give_up(self, text: str) -> None:
        self._is_on = False
        self._note(Message(text=text))


def _stored(maps: Tensor) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return maps (n, 1, h, w) as bytes (n, h, w), each up to its own largest value, and those (n,)."""
    height, width = (min(length, LARGEST_GRID) for length in maps.shape[2:])
    is_fine = (height, width) != tuple(maps.shape[2:])  # a finer one is averaged
    small = adaptive_avg_pool2d(maps.float(), (height, width)) if is_fine else maps.float()
    values = small[:, 0].nan_to_num(0, 0, 0).cpu().numpy()
    peaks = values.max(axis=(1, 2))
    full = np.where(peaks > 0, peaks, 1)[:, None, None]
    return (255 * values / full).round().astype(np.uint8), peaks.astype(np.float32)
