"""How a pipeline fits images that it was not tuned on: what each loses, and what stands out among many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.images.records import MedicalImage
from core.language import N_, Message
from core.transforms.preprocessing.pipeline import Do, trace
from core.transforms.records import ChannelStatistics, Preprocessing

LITTLE_LEFT: Final = 0.6  # of the image's area: below it a crop has taken more than a border
MUCH_AT_AN_END: Final = 0.4  # of the pixels: black or white for good
FEW_LEVELS: Final = 0.02  # standard deviation of grey levels: hardly anything to be seen
_FAR: Final = 0.25  # of the grey scale: this far from the median image is another exposure


@dataclass(frozen=True, eq=False)
class Surveyed:
    """One image after a pipeline.

    Attributes
    ----------
    values
        ndarray of shape (H, W, C), float32: what the network gets.
    shape
        Of the image as it is stored, (H, W).
    low, high, mean
        Of what the network gets.
    grey
        Mean grey level before the steps that rescale for the network, from 0 to 1.
    spread
        Standard deviation of the same.
    black, white
        Shares of the pixels at 0 and at 1, of the same, from 0 to 1.
    kept
        Share of the image's area that is still in the picture, from 0 to 1.
    """

    values: NDArray[np.float32]
    shape: tuple[int, int]
    low: float
    high: float
    mean: float
    grey: float
    spread: float
    black: float
    white: float
    kept: float


def survey(
    image: MedicalImage, preprocessing: Preprocessing, statistics: ChannelStatistics, *, do: Do | None = None
) -> Surveyed:
    """Run a pipeline on one image and look at what came of it; errors as for `trace`."""
    steps = trace(image, preprocessing, statistics, do=do)
    kept_as = next(step for step in steps if step.name == "quantise")
    grey, values = kept_as.values, steps[-1].values
    rows, columns = image.values.shape[:2]
    height, width = grey.shape[:2]
    frame = kept_as.frame
    return Surveyed(
        values=values,
        shape=(rows, columns),
        low=float(values.min()),
        high=float(values.max()),
        mean=float(values.mean()),
        grey=float(grey.mean()),
        spread=float(grey.std()),
        black=float((grey <= 0).mean()),
        white=float((grey >= 1).mean()),
        kept=_overlap(frame.top, height * frame.down, rows)
        * _overlap(frame.left, width * frame.across, columns),
    )


def misfits(found: Sequence[Surveyed]) -> list[Message]:
    """Say what does not fit a set of images, with how many; an empty list if nothing stands out."""
    if not found:
        return []
    n = len(found)
    median = float(np.median([one.grey for one in found]))
    sizes = {one.values.shape for one in found}
    counted = (
        (
            sum(one.kept < LITTLE_LEFT for one in found),
            N_("{k} of {n} images: cut to less than 60 % of their area."),
        ),
        (
            sum(one.black > MUCH_AT_AN_END for one in found),
            N_("{k} of {n} images: more than 40 % of the pixels are at 0, and what was there is lost."),
        ),
        (
            sum(one.white > MUCH_AT_AN_END for one in found),
            N_("{k} of {n} images: more than 40 % of the pixels are at 1, and what was there is lost."),
        ),
        (
            sum(one.spread < FEW_LEVELS for one in found),
            N_("{k} of {n} images: almost even, hardly anything is to be seen."),
        ),
        (
            sum(abs(one.grey - median) > _FAR for one in found),
            N_("{k} of {n} images: much brighter or darker than the others."),
        ),
    )
    told = [Message(text=text, values={"k": k, "n": n}) for k, text in counted if k]
    if len(sizes) > 1:
        text = N_("The pictures have {k} different sizes: a network takes one.")
        told.append(Message(text=text, values={"k": len(sizes)}))
    return told


def _overlap(start: float, length: float, side: int) -> float:
    """Return which part of [0, side] lies between `start` and `start + length`."""
    return max(0.0, min(side, start + length) - max(0.0, start)) / side
