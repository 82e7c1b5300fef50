"""Sensitivity: does the map stay under noise that no eye sees? Yeh and others 2019, arXiv:1901.09392.

Captum's `sensitivity_max`: the largest change of the map over the map's own size, over draws of even noise.
The noise is given as a share of the input's range, so that it means the same after any preprocessing.
"""

from typing import Final

import numpy as np
import torch
from captum.metrics import sensitivity_max
from numpy.typing import NDArray
from torch import Tensor

from core.explanation.checks.outcomes import not_tried, outcome_of, source_of
from core.explanation.checks.records import CheckLine
from core.explanation.checks.trial import Trial, is_slow
from core.language import N_, Message

RADIUS: Final = 0.01  # two and a half of 255 grey levels
THRESHOLD: Final = 0.5
_NAME = "noise"
_DONE = N_(
    "Even noise of at most {percent} % of the image's range was added {n} times; the largest change of the"
    " map was divided by the map's size. The probability moved by at most {moved} meanwhile."
)
_GOOD = N_("The map keeps most of its pattern when the image changes by less than an eye can see.")
_BAD = N_(
    "A change of the image that no eye can see gives another map: single bright dots of it mean nothing."
)
_EVEN = N_("The image is the same everywhere: there is no range to take a share of.")


def check(trial: Trial) -> CheckLine:
    """Return the largest relative change of the map, 0 for one that does not change."""
    radius = RADIUS * float(np.ptp(trial.inputs))
    if radius == 0:
        return not_tried(_NAME, Message(text=_EVEN))
    n = n_draws_of(trial.attribution.method)
    noise = trial.generator.uniform(-radius, radius, size=(n, *trial.inputs.shape)).astype(np.float32)
    value = _largest_change(trial, noise)
    before, *after = trial.probabilities(np.concatenate([trial.inputs[None], trial.inputs + noise]))
    moved = np.abs(np.array(after) - before)
    outcome = outcome_of(_NAME, value, THRESHOLD)
    return CheckLine(
        name=_NAME,
        done=Message(
            text=_DONE, values={"percent": f"{100 * RADIUS:g}", "n": n, "moved": f"{moved.max():.2g}"}
        ),
        value=value,
        outcome=outcome,
        threshold=THRESHOLD,
        source=source_of(_NAME),
        sentence=Message(text=_BAD if outcome == "failed" else _GOOD),
        n_maps=n + 1,
        n_answers=n + 1,
    )


def n_draws_of(method: str) -> int:
    """Return how often noise is added: Captum's usual 10, fewer for a method whose maps take long."""
    return 3 if is_slow(method) else 10


def _largest_change(trial: Trial, noise: NDArray[np.float32]) -> float:
    draws, n_done = iter(noise), 0

    def explain(inputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor]:
        nonlocal n_done
        batch = inputs[0] if isinstance(inputs, tuple) else inputs  # Captum hands on both kinds
        maps = []
        for one in batch.numpy():
            maps.append(trial.map_of(inputs=one))
            n_done += 1
            trial.progress(n_done / (len(noise) + 1))
        return (
            torch.from_numpy(np.stack(maps)),
        )  # of a bare tensor (n, H, W) Captum takes each row for a map

    def perturb(inputs: Tensor) -> Tensor:
        return inputs + torch.from_numpy(np.stack([next(draws) for _ in inputs]))

    found = sensitivity_max(
        explain,
        torch.from_numpy(trial.inputs[None].copy()),
        perturb_func=perturb,
        n_perturb_samples=len(noise),
        max_examples_per_batch=1,
    )
    return float(found[0])
