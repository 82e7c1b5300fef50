"""Do the values add up? Known from the map itself: nothing is computed."""

from core.explanation.attribution import TOLERANCE
from core.explanation.catalog import EXPLAINERS
from core.explanation.checks.outcomes import not_tried, outcome_of, source_of
from core.explanation.checks.records import CheckLine
from core.explanation.checks.trial import Trial
from core.language import N_, Message

_NAME = "convergence"
_NO_SUM = N_("This method does not promise that its values add up to anything.")
_NO_CHANGE = N_("The score is the same for this image as for the start: there is nothing to divide.")
_DONE = N_("The sum of the values was compared with the change of the score: they differ by {delta} logits.")
_GOOD = N_("The map divides the score without remainder, or nearly: its numbers can be read as shares.")
_BAD = N_("Part of the score is missing from the map, or is in it twice: do not read its numbers as shares.")


def check(trial: Trial) -> CheckLine:
    """Return |delta| / |change of the score|, 0 for a map that adds up."""
    convergence = trial.attribution.convergence
    if convergence is None or not EXPLAINERS[trial.attribution.method].sums_up:
        return not_tried(_NAME, Message(text=_NO_SUM))
    if convergence.relative is None:
        return not_tried(_NAME, Message(text=_NO_CHANGE))
    outcome = outcome_of(_NAME, convergence.relative, TOLERANCE)
    return CheckLine(
        name=_NAME,
        done=Message(text=_DONE, values={"delta": f"{convergence.delta:.2g}"}),
        value=convergence.relative,
        outcome=outcome,
        threshold=TOLERANCE,
        source=source_of(_NAME),
        sentence=Message(text=_BAD if outcome == "failed" else _GOOD),
    )
