"""How many images a second are augmented, beside torchvision v2 per image, kornia, and a copy of the batch.

One batch of grey float32 pictures in memory, one thread. All sides take turns, one batch each, and what
counts is the processor time (on a GPU the clock on the wall, the work waited for). Medians are compared. A
copy of the batch is the limit: it reads and writes every pixel once.
"""

import time
from collections.abc import Callable
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.augmenting_peers import Peer, kornia_peers, torchvision_peers
from benchmarks.records import Sample, Skipped
from benchmarks.turns import in_turns, ratios
from core.training.pipeline import generator
from core.transforms.augmentation.batch import augment_batch
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep

_PRESET = AUGMENTATION_PRESETS["x-ray"].steps
_BATCH = {28: 32, 224: 8}  # image size -> batch size, as the rows of training_input
_PRESET_TURNS = {28: 200, 224: 60}
_EACH_TURNS = {28: 20, 224: 10}
_CPU = torch.device("cpu")


def preset_small() -> Sample:
    """Images/s of the X-ray preset over torchvision v2 per image, 28 px, CPU."""
    return _preset(28, _CPU)


def preset_large() -> Sample:
    """Images/s of the X-ray preset over torchvision v2 per image, 224 px, CPU."""
    return _preset(224, _CPU)


def preset_gpu() -> Sample:
    """Images/s of the X-ray preset over torchvision v2 per image, 224 px, on a GPU."""
    if not torch.cuda.is_available():
        raise Skipped("there is no GPU here")
    return _preset(224, torch.device("cuda"))


def each() -> Sample:
    """Images/s over torchvision v2 per image of the augmentation that gains least, and the table of all."""
    table = [f"{'augmentation':<16}" + "".join(f" | {f'{size} px: ours':>16} {_HEADINGS}" for size in _BATCH)]
    gains = []
    for name in AUGMENTATIONS:
        measured = {size: _measured(name, size, _CPU, _EACH_TURNS[size]) for size in _BATCH}
        table.append(f"{name:<16}" + "".join(f" | {_cells(measured[size], size)}" for size in _BATCH))
        gains += [
            (float(np.median(seconds["torchvision"]) / np.median(seconds["ours"])), f"{name}, {size} px")
            for size, seconds in measured.items()
            if "torchvision" in seconds
        ]
    least, where = min(gains)
    note = f"{where}; images/s, and how many times as fast as each peer"
    return Sample((least,), note, table=tuple(table))


_HEADINGS = f"{'torchvision':>12} {'kornia':>8} {'copy':>7}"


def _preset(size: int, device: torch.device) -> Sample:
    seconds = _measured("preset", size, device, _PRESET_TURNS[size])
    speeds = {side: _BATCH[size] / float(np.median(values)) for side, values in seconds.items()}
    rest = ", ".join(f"{side} {speed:,.0f}" for side, speed in speeds.items() if side != "ours")
    missing = "" if "kornia" in seconds else "; kornia is not installed"
    note = f"{speeds['ours']:,.0f} images/s ({rest}), batches of {_BATCH[size]}{missing}"
    return Sample(ratios(seconds["torchvision"], seconds["ours"]), note)


def _measured(name: str, size: int, device: torch.device, n_turns: int) -> dict[str, NDArray[np.float64]]:
    """Return the seconds a batch of "ours", "copy" and of each peer that has such an augmentation."""
    torch.set_num_threads(1)
    images = torch.rand(_BATCH[size], 1, size, size, generator=generator(0, 0, 0)).to(device)
    labels = (torch.arange(_BATCH[size]) % 2).to(device)
    peers = {"torchvision": torchvision_peers(size, labels), "kornia": kornia_peers(size, labels)}
    works: dict[str, Peer] = {"ours": _ours(name, labels), "copy": torch.clone}
    works |= {side: work for side, found in peers.items() if (work := found.get(name)) is not None}
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    sides = {side: _on(device, work, images) for side, work in works.items()}
    return in_turns(sides, n_turns, clock=clock)


def _ours(name: str, labels: torch.Tensor) -> Peer:
    steps = _PRESET if name == "preset" else (AugmentationStep(name=name),)
    numbers = count(1)
    return lambda images: augment_batch(
        images, steps, generator(0, 1, next(numbers)), labels=labels, n_classes=2
    )


def _on(device: torch.device, work: Peer, images: torch.Tensor) -> Callable[[], None]:
    def turn() -> None:
        work(images)
        if device.type != "cpu":
            torch.cuda.synchronize(device)

    return turn


def _cells(seconds: dict[str, NDArray[np.float64]], size: int) -> str:
    ours = float(np.median(seconds["ours"]))
    times = {side: f"{float(np.median(values)) / ours:.2f} x" for side, values in seconds.items()}
    peers = f"{times.get('torchvision', '-'):>12} {times.get('kornia', '-'):>8} {times['copy']:>7}"
    return f"{_BATCH[size] / ours:>16,.0f} {peers}"
