"""What the colours of a map mean, in words and numbers: under the bar on the screen and in the picture."""

from dataclasses import dataclass

from core.explanation.catalog import EXPLAINERS
from core.explanation.palette import full_strength
from core.explanation.records import Attribution
from core.language import _


@dataclass(frozen=True)
class Tick:
    """A place on the colour bar, from its left end to its right: its value and what it means."""

    value: str
    meaning: str


def ticks(answer: Attribution) -> tuple[Tick, ...]:
    """Return the ends of the bar, and its middle where that is nothing."""
    full_colour = f"{full_strength(answer.values):.2g}"
    if answer.signed:
        return (
            Tick(f"-{full_colour}", _("against the class")),
            Tick("0", _("nothing")),
            Tick(full_colour, _("for the class")),
        )
    return Tick("0", _("nothing")), Tick(full_colour, _("most"))


def unit(answer: Attribution) -> str:
    """Return the unit of a map's values."""
    return _(EXPLAINERS[answer.method].unit) or _("no unit")


def adds_up(answer: Attribution) -> str:
    """Say by how much the values of a map miss their sum; nothing for a method that promises none."""
    convergence = answer.convergence
    if convergence is None:
        return ""
    delta, n_steps = f"{convergence.delta:.1g}", convergence.n_steps
    if convergence.relative is None:
        return _("Convergence delta: {delta} logits after {n_steps} steps.", delta=delta, n_steps=n_steps)
    return _(
        "Convergence delta: {delta} logits, {percent} % of the change of the score, after {n_steps} steps.",
        delta=delta,
        percent=f"{100 * convergence.relative:.1f}",
        n_steps=n_steps,
    )
