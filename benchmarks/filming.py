"""What filming a training for the time machine costs: the same run with it and without it, in turns.

The default task, about 600 phantoms, on one thread; what counts is the processor time of the run's loop, with
that of the thread that writes the files.
"""

import time
from unittest import mock

from benchmarks.home import need_phantoms, temporary_home
from benchmarks.records import Sample
from benchmarks.turns import in_turns
from core.datasets.store import open_dataset
from core.jobs import control
from core.jobs.worker import work
from core.training import launch, worker
from core.training.config import parse_config
from core.training.loop import train
from core.training.saving import Saver

_BASE = {"dataset": "phantoms", "device": "cpu", "threads": 1}
_MAIN = {"model": "small_cnn", "image_size": 28, "epochs": 10}
_OTHERS: tuple[dict[str, object], ...] = (
    {"model": "small_cnn", "image_size": 64, "epochs": 20},
    {"model": "resnet18", "image_size": 64, "epochs": 2},
    {"model": "resnet18", "image_size": 128, "epochs": 1},
)
_N_TURNS = 15
_N_OTHER_TURNS = 3


def cost() -> Sample:
    """Processor time of a run that is filmed over that of one that is not, where the network is smallest."""
    need_phantoms()
    with temporary_home(), mock.patch.object(control, "_launch", lambda *_: None):
        ratios = _ratios(_MAIN, _N_TURNS)
        table = tuple(f"{_named(one)}: {_shown(_ratios(one, _N_OTHER_TURNS))}" for one in _OTHERS)
    return Sample(ratios, f"{_named(_MAIN)}; 12 cases, all validation images on the map", table=table)


def _ratios(changes: dict[str, object], n_turns: int) -> tuple[float, ...]:
    spent: dict[bool, list[float]] = {True: [], False: []}

    def run(*, is_filmed: bool) -> None:
        spent[is_filmed].append(_seconds_of_a_run({**changes, "replay": is_filmed}))

    in_turns({"filmed": lambda: run(is_filmed=True), "not": lambda: run(is_filmed=False)}, n_turns)
    pairs = zip(spent[True][1:], spent[False][1:], strict=True)  # the first decodes the pictures
    return tuple(filmed / plain for filmed, plain in pairs)


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


def _shown(ratios: tuple[float, ...]) -> str:
    return f"{sorted(ratios)[len(ratios) // 2]:.3f} x ({min(ratios):.3f} to {max(ratios):.3f})"
