"""The part of an estimate that needs torch: a few pictures, a few steps, one batch of the validation."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import psutil
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.store import Dataset
from core.experiments.estimate_arithmetic import time_steps
from core.experiments.estimate_records import Measurement, MemoryMethod, StageTiming
from core.experiments.trial import put_back
from core.jobs.control import active_jobs
from core.jobs.cores import n_cores
from core.jobs.places import resource_of
from core.jobs.worker import Job
from core.language import N_, Message
from core.training.balance import n_of_epoch
from core.training.config import TrainingConfig, resolved_preprocessing
from core.training.config.batches import n_batches
from core.training.config.stages import Stage, plan
from core.training.devices import be_exact, choose_device
from core.training.engine import Engine
from core.training.environment import usual_threads
from core.training.picture_cache import IN_MEMORY_BYTES, cache_path
from core.training.pipeline import Inputs, PreparedData, generator
from core.training.steps import engine_for
from core.transforms.preprocessing import fit_statistics, image_part, unit

_MOST_PICTURES: Final = 32
_PICTURE_SECONDS: Final = 1.5  # for decoding, all together
_STAGE_SECONDS: Final = 4.0  # for the steps of one stage
_EVALUATION_BATCH: Final = 256  # as core.training.steps asks a split
_LOOK_SECONDS: Final = 0.002  # between looks at the memory
_WORDS: Final = Message(text=N_("A few steps, to see how long they take"))


@dataclass(frozen=True)
class _Few:
    """A few pictures, ready to train on, and how long one took."""

    data: PreparedData
    seconds_each: float


def measure_steps(
    dataset: Dataset, split: pd.DataFrame, config: TrainingConfig, job: Job, *, loading_seconds: float
) -> Measurement:
    """Decode a few pictures and train on them, in each stage of the config."""
    threads = config.threads or usual_threads(resource_of(config.device))
    be_exact(choose_device(config.device))  # as the run will be
    with put_back(threads):
        few = _few_pictures(dataset, split, config)
        job.check_stop()
        before = psutil.Process().memory_info().rss
        began = time.perf_counter()
        engine = _engine(few.data, dataset, config)
        loading_seconds += time.perf_counter() - began
        memory = _Memory(engine.device, before)
        labels = _codes(split.loc[split["split"] == "train", "label"], dataset)
        n_train = n_of_epoch(labels, config.balance)
        n_val = int((split["split"] == "val").sum())
        batches = n_batches(n_train, config.batch_size)
        n_classes, n_images = len(dataset.info.class_names), -(-n_train // batches)
        feed = _Feed(few.data.on(engine.device), config, engine, n_classes=n_classes, n_images=n_images)
        stages, cut_short = _time_stages(feed, config, memory, job)
        n_asked = min(_EVALUATION_BATCH, n_val)
        evaluation_seconds = feed.time_evaluation(n_asked, memory)
    all_pictures = len(dataset.samples) * few.data.pixels[0].nbytes
    state_bytes = nested_bytes(engine.state())
    held = state_bytes + (all_pictures if all_pictures < IN_MEMORY_BYTES else 0)  # what is saved is copied
    is_prepared = cache_path(dataset, few.data.preprocessing).exists()
    return Measurement(
        stages=stages,
        evaluation_seconds=evaluation_seconds,
        n_evaluated=n_asked,
        n_train=n_train,
        n_val=n_val,
        n_batches=batches,
        starting_seconds=loading_seconds,
        picture_seconds=few.seconds_each,
        n_pictures=0 if is_prepared else len(dataset.samples),
        n_cores=n_cores(),
        memory_bytes=memory.peak() + held,
        memory_method=memory.method,
        process_bytes=None if engine.device.type == "cuda" else before,
        weights_bytes=nested_bytes(engine.model.state_dict()),
        state_bytes=state_bytes,
        n_others=sum(other.folder != job.folder and other.state == "running" for other in active_jobs()),
        cut_short=cut_short,
        device=engine.device.type,
        threads=threads,
    )


def _time_stages(
    feed: "_Feed", config: TrainingConfig, memory: "_Memory", job: Job
) -> tuple[tuple[StageTiming, ...], bool]:
    """Time some steps of each stage; tell too whether one was cut short."""
    timings = []
    for number, stage in enumerate(plan(config)):
        job.report(0.4 + 0.2 * number, _WORDS)
        timings.append(feed.time_stage(stage, memory, job))
    return tuple(timing for timing, _was_cut in timings), any(was_cut for _timing, was_cut in timings)


class _Feed:
    """Batches of the right size from a few pictures, each shown as often as it takes."""

    def __init__(
        self, data: PreparedData, config: TrainingConfig, engine: Engine, *, n_classes: int, n_images: int
    ) -> None:
        self._inputs = Inputs(data, config.augmentations, engine.device, n_classes=n_classes)
        self._engine, self._seed = engine, config.seed
        self._n, self._n_pictures = n_images, len(data.labels)
        self._number = 0

    def time_stage(self, stage: Stage, memory: "_Memory", job: Job) -> tuple[StageTiming, bool]:
        """Make the steps of a stage."""
        self._engine.begin_epoch(stage.first_epoch)
        with memory.watching():
            self._step()
        job.check_stop()
        seconds, cut = time_steps(self._step, time.perf_counter, budget_seconds=_STAGE_SECONDS)
        return StageTiming(is_head=stage.name == "head", step_seconds=seconds, n_images=self._n), cut

    def time_evaluation(self, n_images: int, memory: "_Memory") -> float:
        """Ask about so many images in eval mode; return the seconds."""
        rows = self._rows(n_images)
        with memory.watching():
            began = time.perf_counter()
            inputs, _labels = self._inputs.evaluation(rows)
            self._engine.logits(inputs)
            return time.perf_counter() - began

    def _step(self) -> None:
        self._number += 1
        inputs, targets = self._inputs.training(self._rows(self._n), generator(self._seed, 1, self._number))
        float(self._engine.step(inputs, targets))  # waits for the device

    def _rows(self, n: int) -> Tensor:
        return (torch.arange(n) % self._n_pictures).to(self._engine.device)


class _Memory:
    """How much memory training takes at its peak, beyond what was there before.

    On CUDA what the allocator gave out at most; elsewhere the growth of the process, looked at every few
    milliseconds while a step is made.
    """

    def __init__(self, device: torch.device, before: int) -> None:
        self._device, self._before, self._highest = device, before, before
        self.method: MemoryMethod = "growth of the process"
        if device.type == "cuda":
            self.method = "allocated on the GPU"
            torch.cuda.reset_peak_memory_stats(device)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the process while the block runs."""
        process, done = psutil.Process(), threading.Event()

        def watch() -> None:
            while not done.wait(_LOOK_SECONDS):
                self._highest = max(self._highest, process.memory_info().rss)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self._highest = max(self._highest, process.memory_info().rss)

    def peak(self) -> int:
        """Return the bytes at the peak."""
        if self._device.type == "cuda":
            return int(torch.cuda.max_memory_allocated(self._device))
        return self._highest - self._before


def nested_bytes(state: Any) -> int:
    """Return how many bytes the tensors in nested dicts, lists and tuples hold."""
    if isinstance(state, Tensor):
        return state.nbytes
    if isinstance(state, dict):
        return sum(nested_bytes(part) for part in state.values())
    if isinstance(state, list | tuple):
        return sum(nested_bytes(part) for part in state)
    return 0


def _few_pictures(dataset: Dataset, split: pd.DataFrame, config: TrainingConfig) -> _Few:
    """Decode a few training images, of each class in turn, until the time for it is over."""
    preprocessing = resolved_preprocessing(config, dataset.info.n_channels)
    train = split[split["split"] == "train"]
    turn = train.groupby("label").cumcount()
    chosen = train.assign(turn=turn).sort_values("turn", kind="stable").head(_MOST_PICTURES)
    fewest = train["label"].nunique()
    pictures: list[NDArray[np.uint16]] = []
    began = time.perf_counter()
    for sample_id in chosen["sample_id"]:
        if len(pictures) >= max(2, fewest) and time.perf_counter() - began > _PICTURE_SECONDS:
            break
        pictures.append(image_part(dataset.image(int(sample_id)), preprocessing))
    seconds_each = (time.perf_counter() - began) / len(pictures)
    labels = _codes(chosen["label"].iloc[: len(pictures)], dataset)
    rows = torch.arange(len(pictures))
    statistics = fit_statistics((unit(picture) for picture in pictures), preprocessing)
    pixels = torch.from_numpy(np.stack(pictures))
    every = {"train": rows, "val": rows, "test": rows}
    return _Few(PreparedData(pixels, labels, every, statistics, preprocessing), seconds_each)


def _engine(data: PreparedData, dataset: Dataset, config: TrainingConfig) -> Engine:
    names, positive = dataset.info.class_names, dataset.info.positive_class
    return engine_for(
        data,
        config,
        n_classes=len(names),
        positive_index=None if positive is None else names.index(positive),
        class_names=names,
    )


def _codes(labels: "pd.Series[str]", dataset: Dataset) -> Tensor:
    codes = {name: code for code, name in enumerate(dataset.info.class_names)}
    return torch.tensor([codes[label] for label in labels])
