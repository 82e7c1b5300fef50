"""The names of classes: how somebody else's text becomes one, their order, and which of two is positive."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

from core.errors import ImportRefusedError
from core.language import N_, Message

MOST_CLASSES: Final = 1000
_LONGEST: Final = 100  # characters

_NORMAL: Final = re.compile(
    r"normal(, benign)?|healthy|negative|control|none|absent"
    r"|(no|not|non|without)[ _-].+|no(finding|tumou?r|disease)s?",
    re.IGNORECASE,
)
_JOINERS: Final = "\u200c\u200d"  # without them Persian and Indic words are spelt wrongly
_GRADED: Final = (
    *("grade", "stage", "level", "severity", "score", "birads", "rads", "kl", "isup", "gleason"),
    *("acr", "density", "degree", "dr", "icdr"),
)
_GRADE: Final = re.compile(rf"(?:(?:{'|'.join(_GRADED)})[ _-]?)(\d{{1,2}})", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(\d{1,2})(?:\.0)?")


@lru_cache(maxsize=4096)
def class_name(text: str) -> str:
    r"""Return somebody else's text as the name of a class: one line, at most 100 characters, all visible.

    White space is one blank; what has no shape, or turns the direction of writing round, is written as its
    code point: \u202e.
    """
    line = " ".join(text.split())
    shown = "".join(char if _is_visible(char) else f"\\u{ord(char):04x}" for char in line)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _is_visible(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def check_number(names: Collection[str]) -> None:
    """Refuse more than 1,000 classes: ImportRefusedError."""
    if len(names) > MOST_CLASSES:
        text = N_("There are {n} different classes, and at most {most} can be told apart here. Is it a name?")
        raise ImportRefusedError(text, n=len(names), most=MOST_CLASSES)


def is_normal_like(name: str) -> bool:
    """Tell whether a class name says that nothing was found: "NORMAL", "no finding", "healthy", "notumor"."""
    return _NORMAL.fullmatch(name.strip()) is not None


def order_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Return the different names in alphabetical order, those that say "nothing found" first.

    Numbers count as numbers: "grade 2" stands before "grade 10". The last of two is the disease.
    """
    return tuple(sorted(set(names), key=lambda name: (not is_normal_like(name), _natural(name), name)))


def default_positive(class_names: tuple[str, ...]) -> str | None:
    """Return the last of two classes; None for more, where there is no positive one."""
    return class_names[-1] if len(class_names) == 2 else None


def ordinal_caveat(class_names: Iterable[str], column: str | None = None) -> Message | None:
    """Return what is lost where the classes are grades of one thing; None where they are not.

    They are where each name is a grade ("grade 2", "KL-3"), or a number in a column whose name says so.
    """
    names = order_classes(class_names)
    words = set(re.findall(r"[a-z]+", (column or "").lower()))
    pattern = _NUMBER if words & set(_GRADED) else _GRADE
    if len(names) < 3 or not all(pattern.fullmatch(name) for name in names):
        return None
    text = N_(
        "The classes are grades with an order, from '{first}' to '{last}', and the order is lost: to the"
        " network, and in its score, a mistake by several grades is no worse than by one."
    )
    return Message(text=text, values={"first": names[0], "last": names[-1]})


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d{1,18})", name.casefold())
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts if part
    ]
