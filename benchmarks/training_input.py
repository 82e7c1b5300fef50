"""How much of the training time is learning, and how much is waiting for images.

The bare step is the engine's own, on tensors that are in memory already; the real one makes its inputs from
16-bit pixels, augments and rescales them.
"""

import numpy as np
import torch

from benchmarks.records import Sample
from benchmarks.training_task import RESNET, SMALL, Task, bare_feed, engine_of, random_data, real_feed, steps
from benchmarks.turns import in_turns, ratios


def small_network() -> Sample:
    """Images/s of the real step over the bare one: small CNN, 28 px."""
    return _over_bare(SMALL)


def resnet() -> Sample:
    """Images/s of the real step over the bare one: ResNet-18, 224 px."""
    return _over_bare(RESNET)


def _over_bare(task: Task) -> Sample:
    data, engine = random_data(task), engine_of(task)
    real = real_feed(data, task, torch.device("cpu"))
    bare = bare_feed(real)
    sides = {"real": steps(engine, real, task.n_steps), "bare": steps(engine, bare, task.n_steps)}
    seconds = in_turns(sides, task.n_turns)
    speed = task.batch_size * task.n_steps / float(np.median(seconds["real"]))
    note = f"{speed:.0f} images/s, batches of {task.batch_size}, one thread"
    return Sample(ratios(seconds["bare"], seconds["real"]), note)
