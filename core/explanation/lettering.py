"""Letters for words in a picture: in the language of now, if a font on this machine draws it, else English.

The font that comes with Pillow draws plain English alone. Chinese, or a class called "détecté", needs a font
of the machine; nothing is fetched. What no font draws becomes a question mark, never an empty box.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from PIL import ImageFont

from core.language import SOURCE, current_language

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_NO_LETTER: Final = chr(0x10FFFF)  # no font has it: an empty box is drawn
_FONTS: Final = (  # files as Linux, Windows and macOS have them; those that draw Chinese come first
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "msyh.ttc",
    "simsun.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Light.ttc",
    "Arial Unicode.ttf",
    "DejaVuSans.ttf",
    "arial.ttf",
    "Arial.ttf",
)
_SIMPLIFIED: Final = "SC"  # a file may hold one face a country: 直 is drawn differently in Japan
_MOST_FACES: Final = 10


@dataclass(frozen=True)
class Lettering:
    """A font, and the language that it can write."""

    language: str
    font: Font

    def drawable(self, text: str) -> str:
        """Return a text in one line, with a question mark for each letter that the font lacks."""
        line = " ".join(text.split())
        return "".join(letter if _draws(self.font, letter) else "?" for letter in line)


def lettering(own: str, foreign: str, *, size: int) -> Lettering:
    """Return what words in a picture are written with.

    Parameters
    ----------
    own
        What Lightbox says in the language of now: it must be drawn whole, or English is taken.
    foreign
        Somebody else's text, which should be drawn too.
    size
        Of the letters, in pixels.
    """
    code, usable = current_language(), []
    for font in _fonts(size):
        if all(_draws(font, letter) for letter in own):
            if all(_draws(font, letter) for letter in foreign):
                return Lettering(code, font)
            usable.append(font)
    return Lettering(code, usable[0]) if usable else Lettering(SOURCE, _plain(size))


def _fonts(size: int) -> Iterator[Font]:
    yield _plain(size)
    for name in _FONTS:
        found = _face(name, size)
        if found is not None:
            yield found


@cache
def _plain(size: int) -> Font:
    return ImageFont.load_default(size)


@cache
def _face(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    """Return a font of this machine: of several in a file that for simplified Chinese; None if absent."""
    try:
        first = ImageFont.truetype(name, size)
    except OSError:
        return None
    for index in range(_MOST_FACES) if name.endswith(".ttc") else ():
        try:
            face = ImageFont.truetype(first.path, size, index=index)
        except OSError:
            break
        if _SIMPLIFIED in (face.getname()[0] or "").split():
            return face
    return first


@lru_cache(maxsize=4096)
def _draws(font: Font, letter: str) -> bool:
    """Tell whether a font has a letter: what it lacks is drawn as the box of what no font has."""
    if not letter.isprintable():  # control characters: some stop the drawing
        return False
    try:
        return bytes(font.getmask(letter)) != bytes(font.getmask(_NO_LETTER))
    except UnicodeEncodeError:  # a font of few letters, where Pillow has no FreeType
        return False
