"""Watches the loss of a run without waiting for the device at each step, and ends what leads nowhere.

The losses of the steps stay on the device. They are looked at eight times an epoch and before each save, so
that nothing is saved that is no longer a number.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor

from core.errors import LightboxError
from core.language import N_
from core.runs.records import StepMetrics
from core.training.engine import Engine
from core.training.steps import Step

_TIMES_THE_FIRST: Final = 10.0
_TIMES_GUESSING: Final = 3.0  # guessing among n classes costs ln(n)
_FEWEST_STEPS: Final = 32  # of a few images, one bad batch weighs too much


@dataclass
class Divergence:
    """Tells whether a run has come so far off that it does not come back.

    The rule: over the last epoch, and over no fewer than 32 steps, the mean training loss is more than ten
    times what it was in the first eighth of the first epoch, and more than three times what guessing costs,
    ln(n_classes). Both, for the loss of good weights begins near 0; a whole epoch, for a high learning rate
    or a hard batch throws a healthy network off for a few steps.
    """

    n_classes: int
    n_batches: int  # of an epoch
    first: float = 0.0
    _steps: list[int] = field(default_factory=list)  # of the groups so far
    _losses: list[float] = field(default_factory=list)

    def add(self, line: StepMetrics) -> None:
        """Take in the mean loss of a group of steps."""
        if len(self._steps) < 2:  # the first step is a group by itself, and says little
            self.first = max(self.first, line.loss)
        self._steps.append(line.step)
        self._losses.append(line.loss)

    def is_there(self) -> bool:
        """Tell whether the rule holds now."""
        weighted, n = 0.0, 0
        for number in range(len(self._steps) - 1, 0, -1):
            size = self._steps[number] - self._steps[number - 1]
            weighted, n = weighted + size * self._losses[number], n + size
            if n >= max(self.n_batches, _FEWEST_STEPS):
                limit = max(_TIMES_THE_FIRST * self.first, _TIMES_GUESSING * math.log(self.n_classes))
                return weighted / n > limit
        return False


class Watch:
    """The losses of a run: added on the device, looked at now and then."""

    def __init__(self, engine: Engine, divergence: Divergence, lines: Iterable[StepMetrics] = ()) -> None:
        self._engine, self._divergence = engine, divergence
        self._steps: list[Step] = []  # whose losses nobody has looked at
        for line in lines:
            divergence.add(line)

    def add(self, step: Step) -> None:
        """Count a step whose loss is not known yet."""
        progress = self._engine.progress
        progress.step += 1
        progress.batch = step.number
        self._steps.append(step)

    def look(self) -> None:
        """Wait for the device and add up the losses.

        Raises
        ------
        LightboxError
            One of them is not finite.
        """
        if not self._steps:
            return
        steps, self._steps = self._steps, []
        progress = self._engine.progress
        before = progress.step - len(steps)
        losses: list[float] = torch.stack([step.loss for step in steps]).tolist()
        for number, (step, loss) in enumerate(zip(steps, losses, strict=True), start=1):
            if not math.isfinite(loss):
                raise no_number(before + number, self._engine.config.learning_rate)
            progress.loss_sum += loss * step.n_images
            progress.n_images += step.n_images
            progress.group_loss_sum += loss * step.n_images
            progress.group_n_images += step.n_images

    def see(self, line: StepMetrics) -> None:
        """Take in the line of a group; LightboxError where the run diverges."""
        self._divergence.add(line)
        if self._divergence.is_there():
            rate = self._engine.config.learning_rate
            text = N_(
                "The loss grows instead of falling: it began at {first:.3g} and is {loss:.3g} at step {step},"
                " with learning_rate={rate:g}. What was saved before is kept, but resuming would end here"
                " again: start a new run with learning_rate={suggestion:g}."
            )
            raise LightboxError(
                text,
                first=self._divergence.first,
                loss=line.loss,
                step=line.step,
                rate=rate,
                suggestion=rate / 10,
            )


def no_number(step: int, rate: float) -> LightboxError:
    """Return the error of a loss that is not finite after `step` steps of a run with this learning rate."""
    text = N_(
        "The loss is no longer a number at step {step}, with learning_rate={rate:g}. What was saved before is"
        " kept, but resuming would end here again: start a new run with learning_rate={suggestion:g}."
    )
    return LightboxError(text, step=step, rate=rate, suggestion=rate / 10)


@torch.no_grad()
def has_finite_weights(model: torch.nn.Module) -> bool:
    """Tell whether all numbers of a network are finite; on a GPU the one look at it is waited for."""
    tensors: list[Tensor] = [
        tensor for tensor in model.state_dict().values() if tensor.is_floating_point() and tensor.numel()
    ]
    highest = torch.nn.utils.get_total_norm(tensors, norm_type=math.inf)
    return bool(torch.isfinite(highest))
