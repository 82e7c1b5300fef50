"""Our images/s over those of others: same pictures, network, batch and augmentations, one thread."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.records import Sample
from benchmarks.training_peers import Clock, Work, fastai_learner, lightning_trainer, plain_loop
from benchmarks.training_task import RESNET, SMALL, Task, engine_of, random_data, real_feed, steps
from benchmarks.turns import in_turns, ratios
from core.training.pipeline import PreparedData

_TURN = replace(SMALL, n_images=1024, n_steps=32, n_turns=20)  # their epoch is our turn
_LARGE_TURN = replace(RESNET, n_steps=4, n_turns=5)
_WORKER_TURNS = replace(
    SMALL, n_steps=48, n_turns=5
)  # long: its process works ahead while others have theirs

Timed = Callable[[PreparedData, Task, Clock], Callable[[], float]]


def pil_small() -> Sample:
    """Against a loop over a DataLoader of PIL images: small CNN, 28 px."""
    sample = _against_loop(_TURN)
    return replace(sample, note=f"{sample.note}; {_with_worker()}")


def pil_large() -> Sample:
    """The same, ResNet-18, 224 px."""
    return _against_loop(_LARGE_TURN)


def lightning_small() -> Sample:
    """Against Lightning's Trainer: small CNN, 28 px."""
    return _against(_TURN, lightning_trainer)


def lightning_large() -> Sample:
    """The same, ResNet-18, 224 px."""
    return _against(_LARGE_TURN, lightning_trainer)


def fastai_small() -> Sample:
    """Against fastai's Learner: small CNN, 28 px."""
    return _against(_TURN, fastai_learner)


def fastai_large() -> Sample:
    """The same, ResNet-18, 224 px."""
    return _against(_LARGE_TURN, fastai_learner)


def _ours(data: PreparedData, task: Task) -> Work:
    return steps(engine_of(task), real_feed(data, task, torch.device("cpu")), task.n_steps)


def _against_loop(task: Task) -> Sample:
    data = random_data(task)
    seconds = in_turns({"ours": _ours(data, task), "theirs": plain_loop(data, task)}, task.n_turns)
    return Sample(ratios(seconds["theirs"], seconds["ours"]), _speeds(seconds, task))


def _with_worker() -> str:
    """Say how it is on the clock against a loop with a worker process."""
    task = _WORKER_TURNS
    data = random_data(task)
    sides = {"ours": _ours(data, task), "theirs": plain_loop(data, task, workers=1)}
    seconds = in_turns(sides, task.n_turns, clock=time.perf_counter)
    ratio = float(np.median(seconds["theirs"]) / np.median(seconds["ours"]))
    return f"with one worker process on a core of its own {ratio:.2f} x on the clock"


def _against(task: Task, peer: Timed) -> Sample:
    """Take turns with a peer that tells its own seconds, from its first batch to its last."""
    data = random_data(task)
    ours, theirs = _ours(data, task), peer(data, task, time.process_time)
    seconds = {"ours": np.empty(task.n_turns), "theirs": np.empty(task.n_turns)}
    ours()
    theirs()
    for turn in range(task.n_turns):
        began = time.process_time()
        ours()
        seconds["ours"][turn] = time.process_time() - began
        seconds["theirs"][turn] = theirs()
    return Sample(ratios(seconds["theirs"], seconds["ours"]), _speeds(seconds, task))


def _speeds(seconds: dict[str, NDArray[np.float64]], task: Task) -> str:
    n = task.batch_size * task.n_steps
    ours, theirs = (n / float(np.median(seconds[side])) for side in ("ours", "theirs"))
    return f"{ours:.0f} against {theirs:.0f} images/s, batches of {task.batch_size}, one thread"
