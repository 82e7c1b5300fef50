"""What stands for "nothing there" when parts of an image are taken away: chosen before any map is looked at.

A blur makes no new edges, so it is the usual cover. But a blur can look like a finding (soft shadows do), and
then it takes nothing away that a map could point at; an even grey or a dark field may. What is chosen depends
on the network's answer to the wholly covered image alone, never on the map.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.explanation.checks.trial import Trial
from core.language import N_

LEAST_FALL: Final = 0.05  # of the probability; our threshold
_CALLED: Final = {
    "blur": N_("with a blur of the image"),
    "mean": N_("with the even mean of the image (a blur took less away from this class)"),
    "dark": N_("with the darkest value of the image (a blur took less away from this class)"),
}


@dataclass(frozen=True, eq=False)
class Cover:
    """What parts of an image are covered with.

    Attributes
    ----------
    pixels
        ndarray of shape (C, H, W), float32: the wholly covered image.
    called
        What it is, to be translated: "with ...".
    whole, covered
        The probability of the class for the image, and for the wholly covered one.
    """

    pixels: NDArray[np.float32]
    called: str
    whole: float
    covered: float

    @property
    def takes_away(self) -> bool:
        """Whether the class loses enough for curves between the two to say anything."""
        return self.covered <= self.whole - LEAST_FALL


def cover_of(trial: Trial) -> Cover:
    """Return the blur if it takes the class away; else what leaves it the lowest probability."""
    inputs = trial.inputs
    pixels = {
        "blur": trial.blurred,
        "mean": np.broadcast_to(inputs.mean(axis=(1, 2), keepdims=True), inputs.shape),
        "dark": np.broadcast_to(inputs.min(axis=(1, 2), keepdims=True), inputs.shape),
    }
    whole, *answers = (float(one) for one in trial.probabilities(np.stack([inputs, *pixels.values()])))
    found = [
        Cover(pixels[name], _CALLED[name], whole, covered)
        for name, covered in zip(pixels, answers, strict=True)
    ]
    return found[0] if found[0].takes_away else min(found, key=lambda one: one.covered)
