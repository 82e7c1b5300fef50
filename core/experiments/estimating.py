"""Measure a few real steps of a training: how long they take, and how much memory.

A few images are decoded, as the run will decode them; if the pictures of all are not prepared yet, how long
that will take is counted up from these few. Then real steps are made: data, augmentation, both passes, the
optimizer, in each stage of the training; and one batch of the validation.

Covers: what the steps cost on this machine now. Does not cover: another load on it later, early stopping, a
network that is fetched first.
"""

import time
from typing import Final

from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.estimate_records import EstimateRequest, Measurement
from core.jobs.worker import Job
from core.language import N_, Message
from core.training.launch import checked_split

_LOADING: Final = Message(text=N_("Loading PyTorch"))


def measure(request: EstimateRequest, job: Job) -> Measurement:
    """Make a few steps of the training that is asked about.

    Raises
    ------
    StateError
        The data set has changed since it was asked.
    UserError
        The config cannot be trained.
    """
    config, dataset = request.config, open_dataset(request.config.dataset)
    if dataset.info.revision != request.revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=config.dataset)
    split = checked_split(config, dataset)
    job.report(0.1, _LOADING)
    began = time.perf_counter()
    from core.experiments.measured_steps import measure_steps

    return measure_steps(dataset, split, config, job, loading_seconds=time.perf_counter() - began)
