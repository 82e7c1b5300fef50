"""From what a few steps took to what a whole run will take. No torch here."""

from collections.abc import Callable
from typing import Final

import numpy as np

from core.experiments.estimate_records import Estimate, Measurement, Span, StageTiming
from core.runs.kept import SMALL_NETWORK_BYTES
from core.training.config import TrainingConfig
from core.training.config.stages import plan

N_WARM_UP: Final = 3
N_STEPS: Final = 10
_FEWEST: Final = 2  # timed steps, however slow they are
_ENDS: Final = (0.1, 0.9)  # the range leaves out the fastest and the slowest tenth of the steps


def time_steps(
    step: Callable[[], object], clock: Callable[[], float], *, budget_seconds: float
) -> tuple[tuple[float, ...], bool]:
    """Make three steps to warm up and ten timed ones; return their seconds, and whether it was cut short.

    The first steps are slower: memory is fetched, kernels are chosen. When the budget is spent, one step of
    warm-up and two timed ones must do.

    Parameters
    ----------
    step
        Makes one and waits for its end.
    clock
        Seconds.
    """
    began = clock()
    for number in range(N_WARM_UP):
        if number > 0 and clock() - began > budget_seconds / 2:
            break
        step()
    seconds: list[float] = []
    while len(seconds) < N_STEPS:
        if len(seconds) >= _FEWEST and clock() - began > budget_seconds:
            return tuple(seconds), True
        before = clock()
        step()
        seconds.append(clock() - before)
    return tuple(seconds), False


def estimate_of(measured: Measurement, config: TrainingConfig) -> Estimate:
    """Return what a run of `config` will take, from the measurement that EstimateRequest.of(config) names."""
    evaluation = measured.evaluation_seconds / max(1, measured.n_evaluated) * measured.n_val
    epochs = {timing.is_head: _epoch(timing, measured.n_batches, evaluation) for timing in measured.stages}
    last = next(reversed(epochs.values()))
    preparing = _preparing(measured)
    spans = [_span(measured.starting_seconds), preparing]
    for stage in plan(config):
        spans.append(_times(epochs.get(stage.name == "head", last), stage.n_epochs))
    timing = measured.stages[-1]
    n_kept = n_kept_epochs(config, weights_bytes=measured.weights_bytes)
    return Estimate(
        seconds=_sum(spans),
        seconds_per_epoch=last,
        images_per_second=timing.n_images / max(float(np.mean(timing.step_seconds)), 1e-9),
        preparing_seconds=preparing.value,
        memory_bytes=measured.memory_bytes,
        disk_bytes=measured.weights_bytes + (1 + n_kept) * measured.state_bytes,
        n_kept_epochs=n_kept,
        n_steps_measured=sum(len(timing.step_seconds) for timing in measured.stages),
    )


def n_kept_epochs(config: TrainingConfig, *, weights_bytes: int) -> int:
    """Return how many epochs a run keeps if none stops it early: all of a small network, else 1, 2, 4..."""
    if config.keep_epochs == "none":
        return 0
    if config.keep_epochs == "auto" and weights_bytes > SMALL_NETWORK_BYTES:
        return config.epochs.bit_length()
    return config.epochs


def _epoch(timing: StageTiming, n_batches: int, evaluation: float) -> Span:
    seconds = np.array(timing.step_seconds)
    low, high = np.quantile(seconds, _ENDS)
    return Span(
        value=n_batches * float(seconds.mean()) + evaluation,
        low=n_batches * float(min(low, seconds.mean())) + evaluation,
        high=n_batches * float(max(high, seconds.mean())) + evaluation,
    )


def _preparing(measured: Measurement) -> Span:
    """All cores share the work; at best they share it evenly, at worst one does it all."""
    alone = measured.n_pictures * measured.picture_seconds
    even = alone / max(1, measured.n_cores)
    return Span(value=(alone + even) / 2 if measured.n_cores > 1 else alone, low=even, high=alone)


def _span(value: float) -> Span:
    return Span(value=value, low=value, high=value)


def _times(span: Span, n: int) -> Span:
    return Span(value=n * span.value, low=n * span.low, high=n * span.high)


def _sum(spans: list[Span]) -> Span:
    return Span(
        value=sum(span.value for span in spans),
        low=sum(span.low for span in spans),
        high=sum(span.high for span in spans),
    )
