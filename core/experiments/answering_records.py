"""The question what a run says about images, and what is known once it has said it. No torch here.

The answers themselves lie in the run's folder: core.evaluation.stored and core.evaluation.embeddings.
"""

from collections.abc import Mapping
from typing import Final

from core.datasets.records import Part
from core.evaluation.looks import can_write
from core.evaluation.stored import NO_MAPPING, origin_of, stored_name
from core.experiments.records import Request, Result
from core.models.catalog import MODELS
from core.runs.store import Run

NAME: Final = "answers"  # in EXPERIMENTS
_MULTIPLY_ADDS_A_SECOND: Final = 1e10  # of a slow CPU
_SECONDS_TO_DECODE: Final = 0.005  # an image
_WORTH_SECONDS: Final = 3.0  # a process takes as long to begin


class AnswersRequest(Request):
    """Which run, on which images; `origin` names the weights, the state of the data and the mapping."""

    run: str
    origin: str
    dataset_id: str
    split: Part
    mapping: tuple[tuple[str, str], ...] = ()
    with_features: bool = False


class AnswersMade(Result):
    """How many images were asked about, and how long it took."""

    n_images: int
    seconds: float


def request_for(
    run: Run,
    split: Part,
    dataset_id: str | None = None,
    *,
    mapping: Mapping[str, str] = NO_MAPPING,
    with_features: bool = False,
) -> AnswersRequest:
    """Return the question; the same one for the same weights, data and classes."""
    chosen = stored_name(run, dataset_id)
    return AnswersRequest(
        run=run.run_id,
        origin=origin_of(run, chosen, mapping=mapping),
        dataset_id=chosen,
        split=split,
        mapping=tuple(sorted(mapping.items())),
        with_features=with_features,
    )


def estimated_seconds(run: Run, n_images: int) -> float:
    """Return about how long a slow CPU takes for so many images."""
    spec = MODELS[run.card.model]
    side = (run.card.image_size or spec.usual_size) / spec.usual_size
    return n_images * (spec.multiply_adds * side**2 / _MULTIPLY_ADDS_A_SECOND + _SECONDS_TO_DECODE)


def is_quick(run: Run, n_images: int) -> bool:
    """Tell whether asking at once takes no longer than starting a process that does it.

    True too where nothing can be stored, for a process would have nowhere to put its answers.
    """
    return estimated_seconds(run, n_images) <= _WORTH_SECONDS or not can_write(run.writable_folder)
