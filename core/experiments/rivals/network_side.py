"""The network beside its rivals: how well it does, and what it costs to train and to ask."""

import time
from collections.abc import Callable
from typing import Final

from core.datasets.store import open_dataset
from core.errors import JobStoppedError, LightboxError
from core.evaluation.records import Evaluation
from core.experiments.rivals.materials import Materials
from core.experiments.rivals.records import NetworkSide, RivalsRequest
from core.experiments.rivals.sizes import n_weights
from core.runs.store import Run

MOST_TIMED: Final = 256  # images: a large network needs a second for a few of them
_TO_WARM_UP: Final = 8


def network_side(
    request: RivalsRequest,
    run: Run,
    materials: Materials,
    judged: Evaluation,
    check_stop: Callable[[], None],
) -> NetworkSide:
    """Return the network on the judged images, with what its training took and what its answering takes."""
    epochs = run.epochs
    n_timed = min(MOST_TIMED, materials.network.n_samples)
    return NetworkSide(
        metrics=judged.metrics,
        seconds=epochs[-1].seconds if epochs else None,
        answer_seconds=_answer_seconds(request, run, materials, n_timed, check_stop),
        n_timed=n_timed,
        n_parameters=n_weights(run),
        epochs=len(epochs),
    )


def _answer_seconds(
    request: RivalsRequest, run: Run, materials: Materials, n_timed: int, check_stop: Callable[[], None]
) -> float | None:
    """Return how long the network takes for all judged images, scaled up from `n_timed`; None if it cannot.

    Pictures are ready, as they are for the rivals. What it answers is thrown away: it is no look.
    """
    from core.evaluation.answering import answers_on  # torch
    from core.runs.checkpoints import load_model

    n, ids = materials.network.n_samples, materials.network.sample_ids[:n_timed]
    if not n_timed:
        return None
    try:
        loaded, dataset = load_model(run), open_dataset(request.dataset or run.config.dataset)
        answers_on(loaded, dataset, ids[:_TO_WARM_UP])
        began = time.perf_counter()
        answers_on(loaded, dataset, ids, progress=lambda _fraction: check_stop())
    except JobStoppedError:
        raise
    except LightboxError:  # its weights are gone or no numbers: what it said before is still compared
        return None
    return (time.perf_counter() - began) * n / n_timed
