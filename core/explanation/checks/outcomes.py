"""How a number becomes an outcome. No torch here."""

from core.explanation.checks.catalog import CHECKS
from core.explanation.checks.records import CheckLine, Outcome
from core.language import N_, Message

_NOTHING_DONE = N_("This check could not be made.")


def outcome_of(name: str, value: float, threshold: float) -> Outcome:
    """Return whether a check fails: at its threshold it does."""
    is_bad = value >= threshold if CHECKS[name].higher_is_worse else value <= threshold
    return "failed" if is_bad else "no failure found"


def source_of(name: str) -> Message:
    """Return where a check and its threshold are from."""
    return Message(text=CHECKS[name].source)


def not_tried(name: str, reason: Message) -> CheckLine:
    """Return the line of a check that has no answer for this map."""
    return CheckLine(
        name=name,
        done=Message(text=_NOTHING_DONE),
        value=None,
        outcome="not tried",
        threshold=None,
        source=source_of(name),
        sentence=reason,
    )
