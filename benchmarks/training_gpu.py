"""The same on a GPU: what is kept of the bare step's speed, and what exact algorithms cost.

The two sides take turns of many steps each; the clock is read when the GPU is done with all of them. Rows are
skipped where there is no CUDA.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from benchmarks.records import Sample, Skipped
from benchmarks.training_task import RESNET, SMALL, Task, bare_feed, engine_of, random_data, real_feed, steps
from benchmarks.turns import in_turns, ratios
from core.training.devices import be_exact

_SMALL = replace(SMALL, device="cuda", n_images=8192, batch_size=128, n_steps=100, n_turns=20)
_RESNET = replace(RESNET, device="cuda", n_images=2048, batch_size=64, n_steps=20, n_turns=20)


def small_network() -> Sample:
    """Images/s of the real step over the bare one: small CNN, 28 px."""
    return _over_bare(_SMALL)


def resnet() -> Sample:
    """Images/s of the real step over the bare one: ResNet-18, 224 px, in the precision that "auto" takes."""
    return _over_bare(_RESNET)


def exactness() -> Sample:
    """Images/s of ResNet-18 with exact algorithms over those with cuDNN's fastest."""
    device = _need_cuda()
    be_exact(device)  # before the first use, for it sets cuBLAS's workspace
    engine = engine_of(_RESNET)
    work = _waited_for(steps(engine, bare_feed(real_feed(random_data(_RESNET), _RESNET, device)), 20))

    def free() -> None:
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True
        work()

    def exact() -> None:
        be_exact(device)
        work()

    seconds = in_turns({"free": free, "exact": exact}, _RESNET.n_turns, clock=time.perf_counter)
    return Sample(ratios(seconds["free"], seconds["exact"]), torch.cuda.get_device_name(device))


def _over_bare(task: Task) -> Sample:
    device = _need_cuda()
    be_exact(device)  # as a run does
    data, engine = random_data(task), engine_of(task)
    real = real_feed(data, task, device)
    bare = bare_feed(real)
    sides = {
        "real": _waited_for(steps(engine, real, task.n_steps)),
        "bare": _waited_for(steps(engine, bare, task.n_steps)),
    }
    seconds = in_turns(sides, task.n_turns, clock=time.perf_counter)
    speed = task.batch_size * task.n_steps / float(np.median(seconds["real"]))
    note = f"{speed:.0f} images/s, batches of {task.batch_size}, {engine.precision}, {engine.memory_format}"
    return Sample(ratios(seconds["bare"], seconds["real"]), f"{note}, {torch.cuda.get_device_name(device)}")


def _waited_for(work: Callable[[], None]) -> Callable[[], None]:
    def waited_for() -> None:
        work()
        torch.cuda.synchronize()

    return waited_for


def _need_cuda() -> torch.device:
    if not torch.cuda.is_available():
        raise Skipped("there is no CUDA device here")
    return torch.device("cuda")
