"""What an explainer is asked, and what its answer is put together from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import InvalidValueError
from core.explanation.catalog import EXPLAINERS
from core.explanation.records import Attribution, Convergence
from core.explanation.repair import repaired
from core.explanation.settings import ExplainSettings
from core.language import N_, Message
from core.models.records import ModelSpec

TOLERANCE: Final = 0.05  # of the change of the output; 50 steps were 21 to 36 % off on a ResNet-18
STEPS: Final = (50, 100, 200, 400)

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Question:
    """What an explainer is asked: what in `inputs` (1, C, H, W) gave this logit of `model`.

    Attributes
    ----------
    model
        A private copy in eval mode, whose weights ask for no gradient.
    steps
        For integrated gradients: numbers of steps to try until the delta is small.
    black
        What the network gets of a black pixel, (1, C, 1, 1); None where nobody knows.
    repairs
        Whether methods that replace the gradient of a ReLU get a repaired copy of the model.
    notes
        What a method found worth saying; they end up in the answer.
    """

    model: nn.Module
    inputs: Tensor
    target: int
    class_name: str
    spec: ModelSpec
    steps: tuple[int, ...] = STEPS
    settings: ExplainSettings = ExplainSettings()
    progress: Progress = lambda fraction: None
    black: Tensor | None = None
    repairs: bool = True
    notes: list[Message] = field(default_factory=list)

    def generator(self) -> torch.Generator:
        """Return a new stream of random numbers with the seed of the settings: on the CPU on any device."""
        return torch.Generator().manual_seed(self.settings.seed)

    def mended(self) -> nn.Module:
        """Return the network for hooks that replace the gradient of a ReLU, and note it; RepairError."""
        if not self.repairs:
            return self.model
        text = N_("Computed on a repaired copy of the network, which gives the same answers.")
        self.notes.append(Message(text=text))
        return repaired(self.model)

    @torch.no_grad()
    def score(self, inputs: Tensor) -> float:
        """Return the logit of one image, (1, C, H, W); InvalidValueError if it is no finite number."""
        score = float(self.model(inputs)[0, self.target])
        check_finite(score)
        return score

    def change(self, start: Tensor) -> float:
        """Return by how much the logit of the image exceeds that of `start`, (1, C, H, W)."""
        return self.score(self.inputs) - self.score(start)

    def answer(
        self,
        method: str,
        values: Tensor,
        *,
        grid: tuple[int, int] | None = None,
        interpolation: str = "none",
        convergence: Convergence | None = None,
    ) -> Attribution:
        """Return `values` (H, W) with all that was said on the way."""
        self.progress(1.0)
        array: NDArray[np.float32] = values.detach().cpu().numpy().astype(np.float32)
        check_finite(float(array.sum(dtype=np.float64)))
        return Attribution(
            method=method,
            target=self.target,
            class_name=self.class_name,
            values=array,
            signed=EXPLAINERS[method].signed,
            grid=grid or (array.shape[0], array.shape[1]),
            interpolation=interpolation,
            convergence=convergence,
            notes=tuple(self.notes),
        )


def check_finite(value: float) -> None:
    """Raise InvalidValueError if what a network answered, or what was made of it, is no finite number."""
    if not isfinite(value):
        text = N_("The network's answer to this image is no finite number, so there is nothing to explain.")
        raise InvalidValueError(text)


class Watched:
    """The network as a function whose every pass moves the progress bar; what that raises ends the work."""

    def __init__(self, question: Question, n_passes: int) -> None:
        self._question = question
        self._n_passes = n_passes
        self._n_done = 0

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return logits: (B, C, H, W) -> (B, n_classes)."""
        self._question.progress(min(1.0, self._n_done / self._n_passes))
        self._n_done += len(inputs)
        return self._question.model(inputs)  # type: ignore[no-any-return]


def convergence_of(values: Tensor, change: float, n_steps: int) -> Convergence:
    """Hold the sum of `values` against the change of the logit that they should add up to."""
    delta = float(values.detach().double().sum()) - change
    relative = abs(delta / change) if change else None
    is_reached = delta == 0 if relative is None else relative < TOLERANCE
    return Convergence(delta=delta, relative=relative, n_steps=n_steps, is_reached=is_reached)


def shortfall(convergence: Convergence) -> Message | None:
    """Return the sentence about values that do not add up; None where they do."""
    if convergence.relative is None:
        return Message(
            text=N_("The score is the same for this image as for the start: there is nothing to divide.")
        )
    if convergence.is_reached:
        return None
    percent = round(100 * convergence.relative)
    text = N_(
        "After {n_steps} steps the values still miss the change of the score by {percent} %: do not read"
        " fine detail."
    )
    if convergence.n_steps == 1:
        text = N_("The values miss the change of the score by {percent} %: do not read fine detail.")
        return Message(text=text, values={"percent": percent})
    return Message(text=text, values={"n_steps": convergence.n_steps, "percent": percent})
