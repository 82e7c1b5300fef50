"""In which images of an import writing is looked for: in all of a small source, in a share of a large one.

To look takes twice as long as to read a small picture. So of a large source the first images are looked at
and then every 32nd; as soon as writing turns up in one of twenty, all are. What a file's
header says is read from every file; see docs/decisions/2026-11-21-looks-for-writing.md.
"""

from dataclasses import dataclass
from typing import Final

from core.datasets.intake import PreparedImage
from core.images.burned_in import SEEN

_FIRST: Final = 100
_EVERY: Final = 32
_TELLING: Final = 3  # images with writing, and
_TELLING_SHARE: Final = 0.05  # of those looked at; on films, slices and cells the search errs in 0.3 %


@dataclass
class TextLooks:
    """Which images are looked at, decided one after the other."""

    is_thorough: bool = False
    n_asked: int = 0
    n_looked: int = 0
    n_seen: int = 0

    def wants(self) -> bool:
        """Return whether the next image of the source is to be looked at."""
        number = self.n_asked
        self.n_asked += 1
        return self.is_thorough or number < _FIRST or number % _EVERY == 0

    def note(self, image: PreparedImage) -> None:
        """Take in what was seen; from when on writing is found too often, all images are looked at."""
        if image.was_looked_at:
            self.n_looked += 1
            self.n_seen += SEEN in image.text_reasons
        if self.n_seen >= max(_TELLING, _TELLING_SHARE * self.n_looked):
            self.is_thorough = True
