"""What a document is made of: sections of a few kinds of blocks, in words that are translated already.

The same blocks become HTML, and Markdown.
"""

from dataclasses import dataclass
from typing import Literal

from core.report.rule import Statement


@dataclass(frozen=True)
class Words:
    """A paragraph; `is_small` for what stands below a table."""

    text: str
    is_small: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known, as pairs of a name and a value."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    points: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows under a header; the first cell of a row is its name."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Drawings:
    """Pictures side by side, each as SVG."""

    pictures: tuple[str, ...]
    is_wide: bool = False


@dataclass(frozen=True)
class Photo:
    """An image of the data: its content as a data URI ("" where it is not shown), and what is said of it."""

    address: str
    words: str
    alt: str


@dataclass(frozen=True)
class Photos:
    """Images side by side; `is_large` ones take half the page."""

    photos: tuple[Photo, ...]
    is_large: bool = False


@dataclass(frozen=True)
class Statements:
    """What is missing, in red: the first `n_whole` in full (None: all), the others in a few words."""

    statements: tuple[Statement, ...]
    n_whole: int | None = None


Block = Words | Facts | Points | Table | Drawings | Photos | Statements


@dataclass(frozen=True)
class Section:
    """Blocks under a title; a half stands beside the next one."""

    title: str
    blocks: tuple[Block, ...]
    is_half: bool = False
    is_red: bool = False


@dataclass(frozen=True)
class Document:
    """A report: its title, who and what it is about, whether it is simulated, and its sections.

    `is_tight` says that there is much to say on one page: letters and pictures are smaller.
    """

    title: str
    subtitle: str
    lead: str
    simulated: bool
    language: str
    kind: Literal["one page", "full"]
    sections: tuple[Section, ...]
    notice: str
    is_tight: bool = False

    @property
    def rows(self) -> tuple[tuple[Section, ...], ...]:
        """The sections as they stand on a page: two halves side by side, any other alone."""
        rows: list[tuple[Section, ...]] = []
        for section in self.sections:
            if section.is_half and rows and len(rows[-1]) == 1 and rows[-1][0].is_half:
                rows[-1] = (*rows[-1], section)
            else:
                rows.append((section,))
        return tuple(rows)
