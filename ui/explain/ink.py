"""One sentence for the screen and for the report page: marked up for the one, plain text for the other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ui.messages import escape


def _strong(text: object) -> str:
    return f"**{escape(text)}**"


@dataclass(frozen=True)
class Ink:
    """How values are written into a sentence: somebody else's text, and what stands out."""

    plain: Callable[[object], str]
    strong: Callable[[object], str]


MARKDOWN: Final = Ink(escape, _strong)
TEXT: Final = Ink(str, str)  # the template of the page escapes it
