"""Mark text where it is born, translate it where it is shown.

`N_` marks a text for the catalogue and gives it back unchanged. `_` translates a marked text into the
language of the current context and fills in its values; values are never part of the marked text, so never
write an f-string inside it. `Message` carries a marked text and its values across a file or a process, to be
translated by whoever shows it.

Covers: English (the source), Simplified Chinese, and `pseudo`, which wraps each translated text in ⟦ ⟧ so
that a test can find text that nobody marked. Does not cover: plural forms beyond one and many.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

from babel.messages.pofile import read_po
from pydantic import BaseModel, ConfigDict

from core.workspace import ROOT

LANGUAGES: Final[dict[str, str]] = {"en": "English", "zh_Hans": "简体中文"}
PSEUDO: Final = "pseudo"
SOURCE: Final = "en"
_JOINS: Final = {"zh_Hans": {", ": "、", "; ": "；", " ": ""}}  # no space after a Chinese full stop

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def N_(message: str) -> str:
    """Mark `message` for translation and return it unchanged."""
    return message


def current_language() -> str:
    """Return the language code of this context: "en", "zh_Hans" or "pseudo"."""
    return _language.get()


def set_language(code: str) -> None:
    """Use the language `code` from here on in this context; an unknown code means English."""
    _language.set(code if code in LANGUAGES or code == PSEUDO else SOURCE)


@contextmanager
def language(code: str) -> Iterator[None]:
    """Use the language `code` inside a `with` block."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


def _(message: str, /, **values: object) -> str:
    """Translate a marked `message` and fill in its `values` (str.format fields)."""
    text = _translate(message)
    return text.format(**{name: _shown(value) for name, value in values.items()}) if values else text


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Translate `one` if `n` is 1, else `many`; `n` is filled in too."""
    return _(one if n == 1 else many, n=n, **values)


def joined(texts: Iterable[str], between: str = ", ") -> str:
    """Join names (by ", "), clauses (by "; ") or sentences (by " ") as the language of this context does."""
    return _JOINS.get(_language.get(), {}).get(between, between).join(texts)


class Message(BaseModel):
    """A marked text with its values: it crosses files and processes untranslated.

    A value may itself be a Message, so that a translated word can stand inside a translated sentence.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    values: dict[str, "str | int | float | bool | None | Message"] = {}

    def __str__(self) -> str:
        return _(self.text, **self.values)


def _shown(value: object) -> object:
    return str(value) if isinstance(value, Message) else value


def _translate(message: str) -> str:
    code = _language.get()
    if code == SOURCE or not message:
        return message
    if code == PSEUDO:
        return f"⟦{message}⟧"
    return _catalogue(code).get(message, message)


def known_texts() -> frozenset[str]:
    """Return all marked texts that have a translation: what Lightbox itself can say."""
    return frozenset(text for code in LANGUAGES if code != SOURCE for text in _catalogue(code))


@lru_cache
def _catalogue(code: str) -> dict[str, str]:
    path = ROOT / "locale" / code / "LC_MESSAGES" / "lightbox.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string}
