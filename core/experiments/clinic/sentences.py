"""What a measured recipe says, in one sentence with its numbers."""

from typing import Final, Literal

from core.experiments.clinic.records import Effect, Recipe, RecipeAnswer
from core.language import N_, Message

_Found = Literal["below", "above", "unclear"]
_SENTENCES: Final[dict[tuple[Effect, _Found], str]] = {
    ("harm", "below"): N_(
        "The mistake cost {size:.2f} ({low:.2f} to {high:.2f}): {wrong:.2f} instead of {right:.2f}, read on"
        " {n} patients."
    ),
    ("harm", "above"): N_(
        "Here the wrong recipe scored higher, by {size:.2f} ({low:.2f} to {high:.2f}; {n} patients). That is"
        " no reason to keep it: what makes it wrong stands above."
    ),
    ("harm", "unclear"): N_(
        "{n} patients cannot tell any harm: {wrong:.2f} with the mistake, {right:.2f} without, a difference"
        " of {signed:+.2f} ({signed_low:+.2f} to {signed_high:+.2f}). It is still wrong, and with other data"
        " it may cost a lot."
    ),
    ("flattery", "above"): N_(
        "The mistake makes the score look better by {size:.2f} ({low:.2f} to {high:.2f}): it reports"
        " {wrong:.2f} where {right:.2f} is honest."
    ),
    ("flattery", "below"): N_(
        "Here the mistake reports less than the right recipe, by {size:.2f} ({low:.2f} to {high:.2f}). That"
        " is luck."
    ),
    ("flattery", "unclear"): N_(
        "No flattery can be told here: {wrong:.2f} with the mistake, {right:.2f} without, a difference of"
        " {signed:+.2f} ({signed_low:+.2f} to {signed_high:+.2f})."
    ),
}
_NO_INTERVAL: Final = N_("{wrong:.2f} with the mistake, {right:.2f} without; there is no interval here.")


def finding(recipe: Recipe, answer: RecipeAnswer) -> Message:
    """Return what was found: a cost, a flattery, or that nothing can be told."""
    difference = answer.difference
    means = {"wrong": answer.wrong_mean.value, "right": answer.right_mean.value, "n": answer.n_patients}
    if difference.low is None or difference.high is None:
        return Message(text=_NO_INTERVAL, values=dict(means))
    ends = sorted((abs(difference.low), abs(difference.high)))
    signed = {
        "signed": rounded(difference.value),
        "signed_low": rounded(difference.low),
        "signed_high": rounded(difference.high),
    }
    sizes = {"size": abs(difference.value), "low": ends[0], "high": ends[1]}
    return Message(text=_SENTENCES[recipe.effect, found(answer)], values=means | sizes | signed)


def rounded(value: float) -> float:
    """Return a number to two places, without the minus of a difference that rounds to 0."""
    return round(value, 2) + 0.0


def found(answer: RecipeAnswer) -> _Found:
    """Return on which side of zero the interval of the difference lies."""
    low, high = answer.difference.low, answer.difference.high
    if low is None or high is None or low <= 0 <= high:
        return "unclear"
    return "above" if low > 0 else "below"
