"""Sections of a report as Markdown. What comes from outside is escaped: it cannot become a link or a tag."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from core.report.blocks import Block, Facts, Points, Section, Statements, Table, Words

_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#+!|~$])")
_ADDRESS: Final = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])")


def to_markdown(title: str, notice: str, sections: Iterable[Section], *, foot: str = "") -> str:
    """Return sections as Markdown; pictures are left out."""
    lines = [f"# {escaped(title)}", "", f"**{escaped(notice)}**", ""]
    for section in sections:
        lines += [f"## {escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_lines(block), ""]
    return "\n".join([*lines, escaped(foot), ""]).rstrip() + "\n"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, in one line."""
    one_line = " ".join(text.split())
    return _ADDRESS.sub("\\1\u200b", _MARKS.sub(r"\\\1", one_line))


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Words):
        yield escaped(block.text)
    elif isinstance(block, Facts):
        yield from (f"- **{escaped(name)}**: {escaped(value)}" for name, value in block.rows)
    elif isinstance(block, Points):
        yield from (f"- {escaped(point)}" for point in block.points)
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Statements):
        for one in block.statements:
            items = escaped("; ".join(map(str, one.items)))
            yield f"- **{escaped(str(one.short))}** – {escaped(str(one.text))} ({items})"


def _table(table: Table) -> Iterator[str]:
    yield _row(table.header)
    yield "|" + " --- |" * len(table.header)
    yield from (_row(row) for row in table.rows)
    if table.caption:
        yield ""
        yield escaped(table.caption)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"
