"""What a rule about a missing piece is, and which checklists ask for it."""

from collections.abc import Callable
from dataclasses import dataclass

from core.language import Message
from core.report.study import Study


@dataclass(frozen=True)
class Rule:
    """A question that a reader of a study would ask.

    Attributes
    ----------
    name
        By which tests find it.
    short
        What is missing, in a few words.
    items
        Checklist and the item that asks for it; `core.report.guidelines` says of which topic it is.
    ask
        Returns what is missing here and what that does to the numbers, or None where it is there.
    """

    name: str
    short: str
    items: tuple[tuple[str, str], ...]
    ask: Callable[[Study], Message | None]


@dataclass(frozen=True)
class Statement:
    """What a reader of a study would miss here: in a few words, in full, and who asks for it."""

    name: str
    short: Message
    text: Message
    items: tuple[Message, ...]
