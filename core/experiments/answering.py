"""Ask a run about a split in the background: the answers, and the features, are stored in its folder.

No look is counted: nobody has seen anything yet. Whoever shows the answers counts it.
"""

import time

import torch

from core.errors import StateError
from core.evaluation.answering import CPU
from core.evaluation.predictions import make_answers
from core.evaluation.stored import origin_of
from core.experiments.answering_records import AnswersMade, AnswersRequest
from core.jobs.control import active_jobs
from core.jobs.places import work_place
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.store import open_run
from core.training.devices import be_exact, choose_device


def make(request: AnswersRequest, job: Job) -> AnswersMade:
    """Ask, and store what is said.

    Raises
    ------
    StateError
        The weights, or the data set, are no longer those that were meant.
    """
    run, mapping = open_run(request.run), dict(request.mapping)
    if origin_of(run, request.dataset_id, mapping=mapping) != request.origin:
        text = N_("The weights of '{run}' or the data set '{dataset}' have changed; ask again.")
        raise StateError(text, run=request.run, dataset=request.dataset_id)
    job.report(0.0, Message(text=N_("Reading the network")))
    told = _Told(job)
    made = make_answers(
        run,
        request.split,
        request.dataset_id,
        mapping=mapping,
        with_features=request.with_features,
        device=free_device(),
        progress=told,
    )
    return AnswersMade(n_images=made.predictions.n_samples, seconds=time.monotonic() - told.began)


class _Told:
    """Tells how far the asking is, and when it will be done."""

    def __init__(self, job: Job) -> None:
        self._job, self.began = job, time.monotonic()

    def __call__(self, fraction: float) -> None:
        self._job.check_stop()
        elapsed = time.monotonic() - self.began
        left = elapsed / fraction * (1 - fraction)
        percent = round(100 * fraction)
        text = Message(
            text=N_("Asking the network about each image: {percent} %"), values={"percent": percent}
        )
        self._job.report(fraction, text, seconds_left=left)


def free_device() -> torch.device:
    """Return a GPU that no training has the turn on, else the CPU: nobody's training is disturbed."""
    place = work_place("auto")
    is_taken = any(one.status.place == place for one in active_jobs())
    if place == "cpu" or is_taken:
        return CPU
    device = choose_device("auto")
    be_exact(device)
    return device
