"""What "Predict, then peek" says of a guess: plainly, and no more than was measured."""

from typing import TYPE_CHECKING, Final

from core.explanation.guess import Drops, covered_share
from core.explanation.truth import TruthScores
from core.language import _
from ui.messages import escape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LITTLE: Final = 0.05  # our threshold: a smaller drop is called none
_LITTLE_TO_LOSE: Final = 0.1  # our threshold


def about_map(scores: TruthScores) -> str:
    """Say whether a map points into the guess, and how much of it lies there."""
    if scores.share is None or scores.share_by_chance is None:
        return escape(scores.reason or "")
    peak = (
        _("Its strongest place lies in your guess.")
        if scores.pointing
        else _("Its strongest place lies outside your guess.")
    )
    share = _(
        "{share} % of the map lies in your guess, which is {chance} % of the image.",
        share=f"{100 * scores.share:.0f}",
        chance=f"{100 * scores.share_by_chance:.0f}",
    )
    sign = ":material/check_circle:" if scores.pointing else ":material/cancel:"
    return f"{sign} {peak}  \n{share}"


def about_drops(drops: Drops) -> str:
    """Say what painting the guess out did, beside the same elsewhere."""
    n, mean = len(drops.elsewhere), drops.mean_drop_elsewhere
    if mean is None:
        return _(
            "Your guess is so large that there is no room for a place like it elsewhere: what painting it out"
            " does cannot be held against anything."
        )
    if drops.before < _LITTLE_TO_LOSE:
        return _("The probability is low as it is: painting a place out cannot lower it much.")
    if drops.drop < _LITTLE:
        return _(
            "Painting your guess out hardly lowers the probability (by less than {least}): the network can do"
            " without it.",
            least=_LITTLE,
        )
    n_as_large = drops.n_elsewhere_as_large
    if n_as_large == 0:
        return _(
            "None of {n} places of the same size elsewhere lowers it as much: the network leans on the place"
            " that you marked.",
            n=n,
        )
    return _(
        "{count} of {n} places of the same size elsewhere lower it as much or more: on this image your guess"
        " is nothing special to the network.",
        count=n_as_large,
        n=n,
    )


def about_truth(guess: "NDArray[np.bool_]", truth: "NDArray[np.bool_]") -> str:
    """Say how much of the known finding the guess covers."""
    return _(
        "Your guess covers {percent} % of the true finding.",
        percent=f"{100 * covered_share(guess, truth):.0f}",
    )


def cautions(*, has_guess: bool) -> list[str]:
    """Return what a reader must not conclude."""
    agreed = _(
        "That a map agrees with you does not make it right, and a network can be right for a reason that"
        " nobody would guess."
    )
    painted = _(
        "A painted image is one that the network has never seen, and that alone can move the answer: this is"
        " why places elsewhere are painted too. They may lie on the empty background, where little is to be"
        " lost."
    )
    paint = _("What is painted counts, too: with another paint the answer may be another.")
    return [agreed, painted, paint] if has_guess else [agreed]
