"""A document as one file of HTML: no script, no font, no picture, nothing that is fetched from anywhere.

What is said about the data (class names, names of files) is escaped by the template, without exception; the
pictures are SVG that was built as XML. The page forbids itself to load anything.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.language import _
from core.report.blocks import Document

_FOLDER: Final = Path(__file__).parent / "templates"
_INTERVAL: Final = re.compile(r"[(（]-?[\d.,]+ \S+ -?[\d.,]+[)）]")  # "(0.78 to 0.98)" in any language
_TAGS: Final = {"zh_Hans": "zh-Hans"}  # language tags as HTML has them (BCP 47)


def to_html(document: Document) -> str:
    """Return a document as a page of HTML that stands alone."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            document=document,
            page_language=_TAGS.get(document.language, document.language),
            style=_style(),
            notice_in_css=_in_css(document.notice),
            simulated_word=_("SIMULATED"),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    return environment


@cache
def _style() -> str:
    from markupsafe import Markup

    return Markup((_FOLDER / "report.css").read_text(encoding="utf-8"))


def _unbroken(text: str) -> str:
    """Return a text whose intervals stay in one line."""
    return _INTERVAL.sub(lambda found: found[0].replace(" ", "\u00a0"), text)


def _in_css(text: str) -> str:
    """Return a text for a string in a style sheet: all but letters and digits as their numbers."""
    return "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):x} " for sign in text)
