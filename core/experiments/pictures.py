"""Make the pictures of a data set beforehand, in the background: what a training would do first.

found = experiment("pictures", PicturesRequest(...), PicturesMade, ...)
"""

import time

from core.datasets.store import open_dataset
from core.errors import StateError
from core.experiments.records import Request, Result
from core.jobs.worker import Job
from core.language import N_, Message
from core.training.picture_cache import cached_pictures
from core.transforms.records import Preprocessing


class PicturesRequest(Request):
    """Of which data set, after which image steps."""

    dataset_id: str
    revision: str
    preprocessing: Preprocessing


class PicturesMade(Result):
    """How many there are, and how long it took."""

    n_images: int
    seconds: float


def make_pictures(request: PicturesRequest, job: Job) -> PicturesMade:
    """Make the pictures, or find that they are there already.

    Raises
    ------
    StateError
        The data set has changed since it was asked for.
    """
    dataset = open_dataset(request.dataset_id)
    if dataset.info.revision != request.revision:
        text = N_("The data set '{dataset}' has changed; ask again.")
        raise StateError(text, dataset=request.dataset_id)
    began = time.monotonic()

    def progress(fraction: float) -> None:
        job.check_stop()
        elapsed = time.monotonic() - began
        left = elapsed / fraction * (1 - fraction)
        n = len(dataset.samples)
        text = Message(
            text=N_("Preparing images: {done} of {n}"), values={"done": round(fraction * n), "n": n}
        )
        job.report(fraction, text, seconds_left=left)

    pixels = cached_pictures(dataset, request.preprocessing, progress)
    return PicturesMade(n_images=len(pixels), seconds=time.monotonic() - began)
