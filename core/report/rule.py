"""What a rule about a missing piece is, and which checklists ask for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.language import Message
from core.report.study import Study

STARD: Final = "STARD 2015"
TRIPOD: Final = "TRIPOD+AI"
CLAIM: Final = "CLAIM 2024"
# All numbers of TRIPOD+AI were held against its published table 2 (PMC11019967); those of CLAIM 2024 (which
# numbers some items otherwise than CLAIM 2020) and of STARD 2015 against public copies where one was at hand:
# CLAIM 11, 12, 21, 28 to 37 and STARD 18. The others were cited from memory of the lists.
SOURCES: Final = {
    STARD: "Bossuyt 2015, doi:10.1136/bmj.h5527",
    TRIPOD: "Collins 2024, doi:10.1136/bmj-2023-078378",
    CLAIM: "Tejani 2024, doi:10.1148/ryai.240300",
}


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
        Checklist to the item that asks for it.
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
    items: tuple[str, ...]
