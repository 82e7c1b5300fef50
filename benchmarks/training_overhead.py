"""What a run costs beside learning: metrics, checkpoints, logging; and how long a checkpoint holds it up."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from benchmarks.home import need_phantoms, temporary_home
from benchmarks.records import Sample
from benchmarks.training_task import RESNET, SMALL, Task, engine_of, random_data, real_feed
from core.datasets.store import open_dataset
from core.jobs import control
from core.jobs.worker import Job, work
from core.training import launch, worker
from core.training.config import parse_config
from core.training.loop import Training, train
from core.training.saving import Saver
from core.training.steps import logits_of, training_steps
from core.training.watching import has_finite_weights

_N_TURNS = 3
_CONFIG = {"dataset": "phantoms", "epochs": 10, "device": "cpu", "threads": 1}


def whole_run() -> Sample:
    """Processor time of a run's loop over that of its steps and its validation alone: the default task.

    That of the thread that writes checkpoints is in it.
    """
    need_phantoms()
    ratios = []
    with temporary_home(), mock.patch.object(control, "_launch", lambda *_: None):
        for _ in range(_N_TURNS + 1):  # the first decodes the pictures, and is not counted
            seconds = _seconds_of_a_run()
            ratios.append(seconds["whole"] / seconds["bare"])
    return Sample(tuple(ratios[1:]), f"{_CONFIG['epochs']} epochs, small CNN, one thread")


def stall_small() -> Sample:
    """The longest that a checkpoint holds up training, over the median step: small CNN, 28 px."""
    return _stall(replace(SMALL, n_steps=10, n_turns=20))


def stall_large() -> Sample:
    """The same, ResNet-18, 224 px."""
    return _stall(replace(RESNET, n_steps=3, n_turns=4))


def _seconds_of_a_run() -> dict[str, float]:
    run = launch.launch(parse_config(_CONFIG))
    with work(run.folder) as job:
        dataset = open_dataset(run.config.dataset)
        with Saver(run.folder, job) as saver:
            training = worker._set_up(job, run, dataset, saver)
            first = {name: value.clone() for name, value in training.engine.model.state_dict().items()}
            began = time.process_time()
            train(training)
            whole = time.process_time() - began
            training.engine.model.load_state_dict(first)
            return {"whole": whole, "bare": _bare(training)}


def _bare(training: Training) -> float:
    """Make the same steps and ask the validation images, and do nothing else."""
    engine, data, config = training.engine, training.data, training.run.config
    began = time.process_time()
    for epoch in range(1, config.epochs + 1):
        for _ in training_steps(engine, training.inputs, data, config, epoch=epoch):
            pass
        logits_of(engine, training.inputs, data.rows["val"])
    return time.process_time() - began


def _stall(task: Task) -> Sample:
    engine = engine_of(task)
    feed = real_feed(random_data(task), task, torch.device("cpu"))
    steps, held = [], []
    with (
        tempfile.TemporaryDirectory(prefix="lightbox-bench-") as folder,
        Saver(Path(folder), mock.create_autospec(Job, instance=True)) as saver,
    ):
        for _ in range(task.n_turns):
            for _ in range(task.n_steps):
                inputs, targets = next(feed)
                began = time.perf_counter()
                engine.step(inputs, targets)
                steps.append(time.perf_counter() - began)
            began = time.perf_counter()
            has_finite_weights(engine.model)  # as the loop does before it saves
            saver.save(engine.state())
            held.append(time.perf_counter() - began)
    usual = float(np.median(steps))
    note = f"the longest of {len(held)}, on the clock; a step takes {1000 * usual:.3g} ms"
    return Sample(tuple(float(one / usual) for one in held[1:]), note, quantile=1.0)
