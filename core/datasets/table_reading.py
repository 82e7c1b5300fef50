"""Read a CSV or TSV file of somebody else's: all values as text, within bounds.

Covers: UTF-8 and UTF-16 with or without a byte order mark, GB 2312 and Windows-1252; commas, semicolons, tabs
and bars; a first line "sep=;"; quoted line breaks. Refuses, in one sentence: files beyond 64 MB, a line of a
million characters, more than 500,000 rows, 1,000 columns or 10 million cells, NUL characters. Formulas are
text here.
"""

import codecs
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Final

import pandas as pd

from core.errors import ImportRefusedError
from core.language import N_

TABLE_SUFFIXES: Final = (".csv", ".tsv")

_DELIMITERS: Final = (",", ";", "\t", "|")
# An apostrophe that an export, ours or another, has put before what a spreadsheet would take for a formula.
_GUARD: Final = re.compile(r"^'(?=[=+\-@\t\r])")
_MAX_BYTES: Final = 64 * 1024**2
_MAX_LINE: Final = 1_000_000
_MAX_COLUMNS: Final = 1000
_MAX_ROWS: Final = 500_000  # about seven seconds; MIMIC-CXR has 377,110 pictures
_MAX_CELLS: Final = 10_000_000


def is_table(name: Path) -> bool:
    """Tell whether a file is a table, by its name."""
    return name.suffix.lower() in TABLE_SUFFIXES


def read_table(path: Path) -> pd.DataFrame:
    """Return a table with all values as stripped text; encoding and delimiter are found out.

    Raises
    ------
    ImportRefusedError
        It is no table, is too large, or has no rows.
    """
    text = _text_of(path)
    delimiter, text = _delimiter_of(text)
    _check_bounds(text, delimiter, path.name)
    try:
        table = pd.read_csv(
            StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, index_col=False, low_memory=True
        )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise ImportRefusedError(N_("'{file}' cannot be read as a table."), file=path.name) from error
    if table.empty:
        raise ImportRefusedError(N_("The table '{file}' has no rows."), file=path.name)
    table.columns = pd.Index(_unique(_bare(str(name).strip()) for name in table.columns))
    stripped: pd.DataFrame = table.apply(
        lambda column: column.str.strip().str.replace(_GUARD, "", regex=True)
    )
    return stripped


def _bare(name: str) -> str:
    return _GUARD.sub("", name)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ImportRefusedError(N_("The table '{file}' is larger than 64 MB."), file=path.name)
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise ImportRefusedError(N_("'{file}' cannot be read as a table."), file=path.name) from error
    if "\0" in text:
        raise ImportRefusedError(N_("'{file}' is no table: it holds NUL characters."), file=path.name)
    return text


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    # Of English or Chinese text in UTF-16 every other byte of the header is zero, or nearly.
    beginning = content[:200]
    if len(beginning) > 3 and max(beginning[::2].count(0), beginning[1::2].count(0)) > len(beginning) // 4:
        is_big = beginning[::2].count(0) > beginning[1::2].count(0)
        return content.decode("utf-16-be" if is_big else "utf-16-le", errors="replace")
    for encoding in ("utf-8-sig", "gb2312"):  # in GB 2312 both bytes of a character are high: no mistake
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace")


def _delimiter_of(text: str) -> tuple[str, str]:
    """Return what stands between the columns, and the text without a line that says so."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and first[4:5] in _DELIMITERS:  # as Excel writes and reads it
        return first[4], rest
    return max(_DELIMITERS, key=first.count), text


def _check_bounds(text: str, delimiter: str, name: str) -> None:
    header = text.partition("\n")[0]
    if len(header) > _MAX_LINE:
        raise ImportRefusedError(N_("The table '{file}' has a line of a million characters."), file=name)
    n_columns = 1 + header.count(delimiter)
    if n_columns > _MAX_COLUMNS:
        message = N_("The table '{file}' has {n} columns; at most {most} are read.")
        raise ImportRefusedError(message, file=name, n=n_columns, most=_MAX_COLUMNS)
    n_rows = 1 + text.count("\n")
    if n_rows > _MAX_ROWS:
        message = N_("The table '{file}' has {n} rows; at most {most} are read.")
        raise ImportRefusedError(message, file=name, n=n_rows, most=_MAX_ROWS)
    n_cells = n_columns * n_rows
    if n_cells > _MAX_CELLS:
        message = N_("The table '{file}' has {n} cells; at most {most} are read.")
        raise ImportRefusedError(message, file=name, n=n_cells, most=_MAX_CELLS)
    if max(map(len, text.split("\n"))) > _MAX_LINE:
        raise ImportRefusedError(N_("The table '{file}' has a line of a million characters."), file=name)


def _unique(names: Iterable[str]) -> list[str]:
    """Number the names that became equal when they were stripped: "a", "a.1"."""
    taken: list[str] = []
    seen: set[str] = set()
    for name in names:
        free, number = name, 0
        while free in seen:
            number += 1
            free = f"{name}.{number}"
        seen.add(free)
        taken.append(free)
    return taken
