"""A check card in one line."""

from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.records import CheckCard
from core.language import _
from ui.explain.trust_kept import quick_card

__all__ = ["quick_card", "summary_line"]


def summary_line(card: CheckCard) -> str:
    """Say how many checks failed and what the first of them means; ready for Markdown."""
    if card.n_tried == 0:
        return _("No check of this map has been tried: nobody knows whether it can be trusted.")
    if card.n_failed == 0 and card.n_tried == 1:
        return _("One check tried, and no failure found. That does not prove the map right.")
    if card.n_failed == 0:
        return _("{n} checks tried, and no failure found. That does not prove the map right.", n=card.n_tried)
    first = next(line for line in card.lines if line.outcome == "failed")
    counted = (
        _("The one check that was tried failed")
        if card.n_tried == 1
        else _("{failed} of {n} checks failed", failed=card.n_failed, n=card.n_tried)
    )
    return _(
        "{counted}. {name}: {sentence}",
        counted=counted,
        name=_(CHECKS[first.name].title),
        sentence=first.sentence,
    )
