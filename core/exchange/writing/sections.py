"""A section of a script: a cell of the notebook, under a title and a sentence or two."""

import textwrap
from dataclasses import dataclass
from typing import Final, Literal

from core.language import SOURCE, Message, language

WIDTH: Final = 110  # columns of the code
_COMMENT_WIDTH: Final = 100


@dataclass(frozen=True)
class Section:
    """A part of a script.

    Attributes
    ----------
    title, text
        What it is about; English in the script, in the reader's language in the notebook.
    code
        As ruff formats it, without a blank line at its ends.
    only
        Where it stands, if not in both.
    """

    title: Message
    text: Message
    code: str
    only: Literal["", "script", "notebook"] = ""

    def commented(self, number: int) -> str:
        """Return the section as a part of the script: its title and text as comments above the code."""
        with language(SOURCE):
            title, text = str(self.title), str(self.text)
        banner = f"# ---- {number}. {title} "
        said = textwrap.wrap(text, _COMMENT_WIDTH - 2)
        lines = [f"{banner:-<{_COMMENT_WIDTH}}", *(f"# {line}" for line in said)]
        gap = "\n" if self.code.startswith(("def ", "class ", "@")) else ""  # as ruff has it
        return "\n".join(lines) + f"\n\n{gap}{self.code}"


def text_of(name: str) -> str:
    """Return somebody's text as a Python literal, in double quotes where it holds none."""
    shown = repr(name)
    return f'"{shown[1:-1]}"' if "'" not in name and '"' not in name else shown


def setting(name: str, value: object, comment: str) -> str:
    """Return a line that sets a constant, with what it is and its unit."""
    shown = text_of(value) if isinstance(value, str) else repr(value)
    return f"{name} = {shown}  # {comment}"


def texts(name: str, values: tuple[str, ...]) -> str:
    """Return a constant that holds some texts, on one line if they fit."""
    literals = [text_of(value) for value in values]
    line = f"{name} = ({', '.join(literals)}{',' if len(literals) == 1 else ''})"
    if len(line) <= WIDTH:
        return line
    return f"{name} = (\n" + "".join(f"    {literal},\n" for literal in literals) + ")"
