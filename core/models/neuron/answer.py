"""The end of a network by hand: a weighted sum for each class, softmax, cross-entropy and its slope."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_LARGEST: Final = 30.0  # a logit beyond: its power is no number to read


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """One logit: what the last layer is given (D,), its weights (D,) and its bias."""

    features: Numbers
    weights: Numbers
    bias: float

    @property
    def contributions(self) -> Numbers:
        """Each feature times its weight, ndarray of shape (D,)."""
        return self.features * self.weights

    @property
    def logit(self) -> float:
        """The sum of all contributions and the bias."""
        return float(self.contributions.sum() + self.bias)

    def strongest(self, n: int) -> list[int]:
        """Return the numbers of the `n` features that add or take most, the strongest first."""
        return [int(number) for number in np.argsort(-np.abs(self.contributions), kind="stable")[:n]]


@dataclass(frozen=True, eq=False)
class Softmax:
    """Logits (n_classes,) on their way to probabilities: over a temperature, as powers of e, shared out."""

    logits: Numbers
    temperature: float = 1.0

    @property
    def taken_off(self) -> float:
        """What is taken off every logit first, so that its power can be read; it changes no probability."""
        scaled = self.logits / self.temperature
        return float(scaled.max()) if np.abs(scaled).max() > _LARGEST else 0.0

    @property
    def powers(self) -> Numbers:
        """The number e to the power of each logit."""
        return np.exp(self.logits / self.temperature - self.taken_off)

    @property
    def probabilities(self) -> Numbers:
        """Each power divided by the sum of all."""
        found: Numbers = self.powers / self.powers.sum()
        return found

    def cross_entropy(self, target: int) -> float:
        """Return -ln p of the class `target`, in nats; also where p is too small to be a number."""
        scaled = self.logits / self.temperature
        largest = float(scaled.max())
        return float(np.log(np.exp(scaled - largest).sum()) + largest - scaled[target])

    def slopes(self, target: int) -> Numbers:
        """Return the slope of the loss along each logit, at temperature 1 simply p - y."""
        truth = np.zeros(len(self.logits))
        truth[target] = 1
        return (self.probabilities - truth) / self.temperature
