"""What an explainer is, and what it answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.language import Message
from core.transforms.preprocessing.picture import Extent


class ExplainerSpec(BaseModel):
    """One entry of EXPLAINERS.

    `reads` says what the colours mean, `caution` what they do not; `signed` maps have pixels that speak
    against. `unit` is that of a value, "" where it has none. `builder` names the function as
    "module:function". `shown_first` are the ones that are there before anybody asks for more; `settings` are
    the fields of ExplainSettings that this one heeds; `needs_repair` says that it is right only where each
    ReLU is a module of its own; `sums_up` that its values promise to add up to the change of the score.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    reads: str
    caution: str
    paper: str
    year: int
    signed: bool
    unit: str = ""
    builder: str
    shown_first: bool = False
    settings: tuple[str, ...] = ()
    needs_repair: bool = False
    sums_up: bool = False


@dataclass(frozen=True)
class Convergence:
    """How well the values of a map add up to the change of the output that they divide among the pixels.

    Attributes
    ----------
    delta
        Sum of the values minus the change of the output, in logits; 0 is exact.
    relative
        |delta| / |change of the output|; None where the output does not change.
    n_steps
        Points between the baseline and the image.
    is_reached
        Whether `relative` came below the tolerance.
    """

    delta: float
    relative: float | None
    n_steps: int
    is_reached: bool


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which input pixels a logit leaned on.

    Attributes
    ----------
    method
        A key of EXPLAINERS.
    target, class_name
        The class whose logit was explained.
    values
        ndarray of shape (H, W), float32, on the grid of the network's input. Below 0 only if `signed`.
    signed
        Whether negative values speak against the class.
    grid
        The shape (h, w) at which the map was computed, before it was brought to (H, W).
    interpolation
        How it was brought there: "none" or "bilinear".
    convergence
        Of integrated gradients, else None.
    notes
        What a reader of this map must know.
    extent
        Which part of the image (H, W) shows, and so where on the image the map lies.
    trained_on_simulated
        Whether the network learned from simulated images.
    """

    method: str
    target: int
    class_name: str
    values: NDArray[np.float32]
    signed: bool
    grid: tuple[int, int]
    interpolation: str = "none"
    convergence: Convergence | None = None
    notes: tuple[Message, ...] = ()
    extent: Extent = Extent()
    trained_on_simulated: bool = False

    @property
    def convergence_delta(self) -> float | None:
        """The absolute delta, in logits; None for a method that promises no sum."""
        return None if self.convergence is None else self.convergence.delta

    @property
    def n_steps(self) -> int | None:
        """Points between the baseline and the image; None for a method that takes none."""
        return None if self.convergence is None else self.convergence.n_steps
