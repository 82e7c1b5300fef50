"""Does a map point at what is known to be there? Three scores against a mask, none with a free parameter.

Only a mask that is known to hold the evidence can judge a map: that of a simulated finding, or one that
somebody drew. The map is laid over the image first, as `core.explanation.picture.on_image` does. Of a signed
map only what speaks for the class is scored.

Does not cover: a network that answers from something else than the mask. Its honest map scores badly here.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.errors import InvalidValueError
from core.explanation.picture import on_image
from core.explanation.records import Attribution
from core.language import N_, Message

EMPTY_MASK: Final = N_("Nothing is marked on this image: there is no truth to compare the map with.")
UNSEEN_MASK: Final = N_("What is marked lies outside the part of the image that the network saw.")
EMPTY_MAP: Final = N_("The map is empty: it says nothing for this class.")
BROKEN_MAP: Final = N_("The map holds values that are no numbers.")


_SAME: Final = 1e-6  # relative: enlarging an even cell leaves no more than rounding behind
_HIT: Final = 0.5  # from this part of equally large values on


class TruthScores(BaseModel):
    """How well a map and a mask agree.

    Attributes
    ----------
    hit
        The pointing game (Zhang and others 2016, arXiv:1608.00507): 1 where the largest value lies inside the
        mask, else 0. Without their tolerance of 15 pixels, which is large on a small image. Of several
        equally large values, as in the cells of a coarse map, the part that lies inside: what is expected
        when lots decide.
    pointing
        Whether it is a hit: at least half of the largest values lie inside.
    share
        Of the sum of the values, the part inside the mask, 0 to 1.
    iou
        Overlap of the mask with as many of the largest values as the mask has pixels, over their union, 0 to
        1. The mask's own area is the threshold, so that nobody can choose one; where values tie at its edge,
        as many of them count as common as lots hit on average. A pixel that has no value is never taken.
    share_by_chance
        The mask's part of the area: what a map that knows nothing has for `share`, and for `pointing` on
        average. None where there is no mask.
    n_pixels, n_marked
        Pixels of the image that the network saw, and those of them inside the mask.
    n_tied
        How many pixels share the largest value.
    reason
        Why there are no scores; they are None then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hit: float | None = None
    pointing: bool | None = None
    share: float | None = None
    iou: float | None = None
    share_by_chance: float | None = None
    n_pixels: int = 0
    n_marked: int = 0
    n_tied: int = 0
    reason: Message | None = None

    @property
    def iou_by_chance(self) -> float | None:
        """The overlap of pixels drawn at random, as many as the mask has: about p / (2 - p)."""
        chance = self.share_by_chance
        return None if chance is None else chance / (2 - chance)


def truth_scores(attribution: Attribution, mask: NDArray[np.bool_]) -> TruthScores:
    """Score a map against a mask.

    Parameters
    ----------
    attribution
        The map; its `extent` says where on the image it lies.
    mask
        ndarray of shape (H, W), bool, on the image: where the truth lies.
    """
    placed = on_image(attribution.values, (mask.shape[0], mask.shape[1]), attribution.extent)
    if not np.isfinite(attribution.values).all():  # NaN of the map itself, not of what it does not reach
        return TruthScores(reason=Message(text=BROKEN_MAP))
    return score_values(placed, mask)


def score_values(values: NDArray[np.floating], mask: NDArray[np.bool_]) -> TruthScores:
    """Score values that lie on the image already.

    Parameters
    ----------
    values
        ndarray of shape (H, W); NaN where the network did not see the image. Below 0 counts as 0.
    mask
        ndarray of shape (H, W), bool.

    Raises
    ------
    InvalidValueError
        The shapes differ.
    """
    if values.shape != mask.shape:
        text = N_("The mask is {mask} and the map {values}; they must have one shape.")
        raise InvalidValueError(text, mask=str(mask.shape), values=str(values.shape))
    seen = ~np.isnan(values)
    inside = mask[seen]  # (n,)
    n_marked = int(inside.sum())
    if not n_marked:
        return TruthScores(reason=Message(text=UNSEEN_MASK if mask.any() else EMPTY_MASK))
    known = {"share_by_chance": n_marked / inside.size, "n_pixels": inside.size, "n_marked": n_marked}
    strength = np.maximum(values[seen].astype(np.float64), 0)
    if not np.isfinite(strength).all():
        return TruthScores(**known, reason=Message(text=BROKEN_MAP))
    if not strength.any():
        return TruthScores(**known, reason=Message(text=EMPTY_MAP))
    strength /= strength.max()  # so that a sum of tiny or huge values stays a number
    largest = strength >= 1 - _SAME
    hit = float(inside[largest].mean())
    return TruthScores(
        **known,
        hit=hit,
        pointing=hit >= _HIT,
        share=float(strength[inside].sum() / strength.sum()),
        iou=_overlap(strength, inside),
        n_tied=int(largest.sum()),
    )


def _overlap(strength: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Return the intersection over the union of `inside` (n,) with as many of the largest values (n,)."""
    n_marked = int(inside.sum())
    edge = np.partition(strength, -n_marked)[-n_marked]  # the smallest value that is taken
    above = strength > edge * (1 + _SAME)
    tied = ~above & (strength >= edge * (1 - _SAME))
    n_taken, common = float(above.sum()), float((above & inside).sum())
    if edge > 0:
        common += (n_marked - n_taken) * float((tied & inside).sum() / tied.sum())
        n_taken = n_marked
    return common / (n_taken + n_marked - common)
