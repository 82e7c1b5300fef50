"""The question what a run's training images look like. No torch here.

The answer itself lies in the run's folder: core.explanation.novelty.store.
"""

from typing import Final

from core.datasets.store import open_dataset
from core.experiments.answering_records import is_quick
from core.experiments.records import Request, Result
from core.explanation.novelty.fitting import check_enough
from core.explanation.novelty.store import origin_of
from core.runs.store import Run
from core.training.picture_cache import cache_path

NAME: Final = "novelty"  # in EXPERIMENTS
_MOST_AT_ONCE: Final = 1000  # images; more take a visitor's time
_QUICKER: Final = 5  # times: prepared pictures need no decoding, which is most of the work of a small network


class NoveltyRequest(Request):
    """Which run; `origin` names its weights."""

    run: str
    origin: str


class NoveltyMade(Result):
    """How many training and validation images were looked at, and how many foreign ones were tried."""

    n_train: int
    n_val: int
    n_foreign: int


def request_for(run: Run) -> NoveltyRequest:
    """Return the question; the same one for the same weights."""
    return NoveltyRequest(run=run.run_id, origin=origin_of(run))


def is_instant(run: Run) -> bool:
    """Tell whether the reference without its misses is made in about a second.

    So it is where the network is small and a training has left its prepared pictures.

    Raises
    ------
    UserError
        There are too few images to tell what is usual, or the data set is gone.
    """
    counts = run.split()["split"].value_counts()
    sizes = [int(counts.get(side, 0)) for side in ("train", "val")]
    for n in sizes:
        check_enough(n)
    n_images = sum(sizes)
    kept = cache_path(open_dataset(run.config.dataset), run.card.preprocessing)
    return n_images <= _MOST_AT_ONCE and is_quick(run, n_images // _QUICKER) and kept.exists()
