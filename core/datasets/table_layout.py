"""A table with one row for each image, beside the images: CSV with any common delimiter."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Final

import pandas as pd

from core.datasets import columns
from core.datasets.folder_layout import mostly_dicom
from core.datasets.records import Columns
from core.datasets.sources import Entry, Source, kind_of, split_of
from core.errors import ImportRefusedError, InvalidValueError
from core.images.reading import read_image_id
from core.language import N_, Message

TABLE_SUFFIXES: Final = (".csv", ".tsv")

_DELIMITERS: Final = (",", ";", "\t", "|")
_MAX_TABLE_BYTES: Final = 256 * 1024**2


def read_with_table(root: Path, files: list[Path], table_path: Path, asked: Columns) -> Source:
    """Return the source of a table and the images in the folder `root`, in the order of the rows.

    Raises
    ------
    ImportRefusedError
        It is no table, it cannot be told which column is which, or none of the images is there.
    UnknownNameError, InvalidValueError
        A column that is asked for does not exist, or its values name no split.
    """
    table = read_table(table_path)
    images = [file for file in files if file.suffix.lower() not in TABLE_SUFFIXES]
    index = _Index(root, images, table)
    chosen = columns.choose(table, asked, index.knows)
    if chosen.split and asked.split:
        _check_splits(table, chosen.split)
    if not any(index.knows(value) for value in table[chosen.image]):
        text = N_("None of the {n} images that the column '{column}' names is there, for example '{first}'.")
        first = str(table[chosen.image].iloc[0])
        raise ImportRefusedError(text, n=len(table), column=chosen.image, first=first)
    entries = [_entry(root, row, chosen, index) for row in table.to_dict("records")]
    listed = {index.find(value) for value in table[chosen.image]}
    return Source(
        layout="csv",
        entries=entries,
        columns=chosen,
        is_dicom=mostly_dicom(root, [file for file in images if file in listed]),
        n_unlisted=sum(file not in listed and kind_of(root / file) is not None for file in images),
    )


def read_table(path: Path) -> pd.DataFrame:
    """Return a CSV file with all values as text; encoding, byte order mark and delimiter are found out.

    Raises
    ------
    ImportRefusedError
        It is no table, or has no rows.
    """
    try:
        text = _decoded(path)
        delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
        table = pd.read_csv(StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise ImportRefusedError(N_("'{file}' cannot be read as a table."), file=path.name) from error
    if table.empty:
        raise ImportRefusedError(N_("The table '{file}' has no rows."), file=path.name)
    table.columns = table.columns.str.strip()
    stripped: pd.DataFrame = table.apply(lambda column: column.str.strip())
    return stripped


def _decoded(path: Path) -> str:
    if path.stat().st_size > _MAX_TABLE_BYTES:
        raise ImportRefusedError(N_("The table '{file}' is larger than 256 MB."), file=path.name)
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


class _Index:
    """Finds the file that a value of a table names: by path, name, name without ending, or DICOM UID."""

    def __init__(self, root: Path, files: list[Path], table: pd.DataFrame) -> None:
        self._found: dict[str, set[Path]] = defaultdict(set)
        for file in files:
            for key in (file.as_posix(), file.with_suffix("").as_posix(), file.name, file.stem):
                self._found[key.lower()].add(file)
        if not any(map(self.knows, table.to_numpy().ravel())):
            for file in files:
                self._add_image_id(root, file)

    def _add_image_id(self, root: Path, file: Path) -> None:
        if kind_of(root / file) == "DICOM" and (image_id := read_image_id((root / file).read_bytes())):
            self._found[image_id].add(file)

    def candidates(self, value: str) -> set[Path]:
        """Return the files that a value may mean; what lies outside the folder is never among them."""
        path = value.replace("\\", "/").lower().removeprefix("./")
        return self._found.get(path) or self._found.get(PurePosixPath(path).name) or set()

    def find(self, value: str) -> Path | None:
        """Return the one file that a value means, or None."""
        found = self.candidates(value)
        return next(iter(found)) if len(found) == 1 else None

    def knows(self, value: str) -> bool:
        return bool(value) and self.find(value) is not None


def _entry(root: Path, row: dict[Hashable, str], chosen: Columns, index: _Index) -> Entry:
    name = row[chosen.image]
    label = row[chosen.label] or None
    file = index.find(name) if name else None
    problem = _problem(name, label, index) if file is None or label is None else None
    return Entry(
        name=name,
        label=label,
        path=root / file if file is not None and problem is None else None,
        patient=row[chosen.patient] or None if chosen.patient else None,
        split=split_of(row[chosen.split]) if chosen.split else None,
        kept={column: row[column] for column in chosen.kept if row[column]},
        problem=problem,
    )


def _problem(name: str, label: str | None, index: _Index) -> Message:
    if label is None:
        return Message(text=N_("The table gives it no class."))
    if index.candidates(name):
        return Message(text=N_("Several files have this name."))
    return Message(text=N_("There is no such file."))


def _check_splits(table: pd.DataFrame, column: str) -> None:
    odd = Counter(value for value in table[column] if value and split_of(value) is None)
    if odd:
        text = N_("The column '{column}' holds '{value}', which is none of train, val and test.")
        raise InvalidValueError(text, column=column, value=odd.most_common(1)[0][0])
