"""What filming a training for the time machine costs: the same run with it and without it, in turns.

The default task, about 600 phantoms, on one thread; what counts is the processor time of the run's loop, with
that of the thread that writes the files. Beside it stands the part of a filmed run that filming's own calls
take: it is smaller by what they drive out of the caches, and steadier on a busy machine.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.home import need_phantoms, temporary_home
from benchmarks.records import Sample
from benchmarks.turns import in_turns, ratios
from core.datasets.store import open_dataset
from core.jobs import control
from core.jobs.worker import work
from core.training import launch, loop, replay, worker
from core.training.config import parse_config
from core.training.loop import train
from core.training.saving import Saver

_BASE = {"dataset": "phantoms", "device": "cpu", "threads": 1}
_MAIN = {"model": "small_cnn", "image_size": 28, "epochs": 20}
_OTHERS: tuple[dict[str, object], ...] = (
    {"model": "small_cnn", "image_size": 64, "epochs": 10},
    {"model": "resnet18", "image_size": 64, "epochs": 2},
    {"model": "resnet18", "image_size": 128, "epochs": 1},
)
_N_TURNS = 15
_N_OTHER_TURNS = 5


def cost() -> Sample:
    """Processor time of a run that is filmed over that of one that is not, where the network is smallest."""
    need_phantoms()
    with temporary_home(), mock.patch.object(control, "_launch", lambda *_: None):
        values, own = _measured(_MAIN, _N_TURNS)
        table = tuple(_line(one, *_measured(one, _N_OTHER_TURNS)) for one in _OTHERS)
    note = f"{_named(_MAIN)}; 12 cases, all validation images on the map; its own calls take {own:.1%}"
    return Sample(values, note, table=table)


def _measured(changes: dict[str, object], n_turns: int) -> tuple[tuple[float, ...], float]:
    """Return the ratios in parts of the measurement, and the share of filming's own calls."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    shares: list[float] = []

    def run(*, is_filmed: bool) -> None:
        with _own_seconds() as own:
            spent[is_filmed].append(_seconds_of_a_run({**changes, "replay": is_filmed}))
        if is_filmed:
            shares.append(sum(own) / spent[is_filmed][-1])

    in_turns({"filmed": lambda: run(is_filmed=True), "not": lambda: run(is_filmed=False)}, n_turns)
    filmed, plain = (np.array(spent[side][1:]) for side in (True, False))  # the first decodes the pictures
    return ratios(filmed, plain), float(np.median(shares[1:]))


@contextmanager
def _own_seconds() -> Iterator[list[float]]:
    """Give a list that grows by the processor time of each of filming's own calls, in whatever thread."""
    own: list[float] = []

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **more: Any) -> Any:
            began = time.thread_time()
            try:
                return call(*args, **more)
            finally:
                own.append(time.thread_time() - began)

        return measured

    writes: dict[str, Any] = {name: timed(getattr(replay, name)) for name in ("write_frame", "write_about")}
    calls: dict[str, Any] = {name: timed(getattr(replay.Replay, name)) for name in ("__init__", "record")}
    start = timed(loop._film_start)  # `record` is in it once more: a few milliseconds too many
    with (
        mock.patch.multiple(replay, **writes),
        mock.patch.multiple(replay.Replay, **calls),
        mock.patch.object(loop, "_film_start", start),
    ):
        yield own


def _seconds_of_a_run(changes: dict[str, object]) -> float:
    run = launch.launch(parse_config({**_BASE, **changes}))
    with work(run.folder) as job:
        dataset = open_dataset(run.config.dataset)
        with Saver(run.folder, job) as saver:
            training = worker._set_up(job, run, dataset, saver)
            began = time.process_time()
            training.replay = worker._replay(training, dataset) if run.config.replay else None
            train(training)
        return time.process_time() - began


def _named(changes: dict[str, object]) -> str:
    return f"{changes['model']}, {changes['image_size']} px, {changes['epochs']} epochs"


def _line(changes: dict[str, object], values: tuple[float, ...], own: float) -> str:
    spread = f"{np.median(values):.3f} x ({min(values):.3f} to {max(values):.3f})"
    return f"{_named(changes)}: {spread}; its own calls take {own:.1%}"
