"""The check card of a map. No torch here."""

from dataclasses import dataclass
from typing import Literal

from core.language import Message

Outcome = Literal["failed", "no failure found", "not tried"]


@dataclass(frozen=True)
class CheckLine:
    """One check of one map.

    Attributes
    ----------
    name
        A key of CHECKS.
    done
        What was done, in one sentence.
    value
        The number; None where it cannot be had, and `sentence` says why.
    low, high
        Its spread over repetitions, where there are any.
    outcome
        Never "passed": a check can only fail to find a failure.
    threshold
        From when on it fails, with `source`: a paper, or "our threshold".
    sentence
        What that means, in plain words.
    """

    name: str
    done: Message
    value: float | None
    outcome: Outcome
    threshold: float | None
    source: Message
    sentence: Message
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class CheckCard:
    """All checks of one map."""

    method: str
    class_name: str
    lines: tuple[CheckLine, ...]

    @property
    def n_failed(self) -> int:
        """How many failed."""
        return sum(line.outcome == "failed" for line in self.lines)
