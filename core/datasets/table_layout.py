"""A table with one row for each image, beside the images."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from core.datasets import columns
from core.datasets.attributes import check_kept, kept_value, propose
from core.datasets.column_facts import facts_of
from core.datasets.given_values import GivenValues, given_values, value_columns
from core.datasets.headers import HeaderFacts
from core.datasets.labelling import label_rows
from core.datasets.options import DICOM_ATTRIBUTES, ImportOptions
from core.datasets.records import Columns
from core.datasets.source_files import SourceFiles
from core.datasets.sources import Entry, Source, split_of
from core.datasets.table_reading import read_table
from core.errors import InvalidValueError
from core.language import N_, Message

ReadHeaders = Callable[[Iterable[Path]], Iterator[tuple[Path, HeaderFacts]]]

_NO_CLASS = Message(text=N_("The table gives it no class."))
_SEVERAL = Message(text=N_("Several files have this name."))
_NO_FILE = Message(text=N_("There is no such file."))


def read_with_table(
    files: SourceFiles, table_path: Path, options: ImportOptions, read_headers: ReadHeaders
) -> Source:
    """Return the source of a table and the images beside it, in the order of the rows.

    Where it cannot be told which column is which, or none of the images is there, the source says so as a
    question.

    Raises
    ------
    ImportRefusedError
        It is no table.
    UnknownNameError, InvalidValueError
        A column that is asked for does not exist, its values name no split, or it may not be kept.
    """
    table = read_table(table_path)
    index = _Index(files, table, read_headers)
    choice = columns.choose(table, options.asked_columns, index.knows)
    chosen = choice.columns
    if options.split_column:
        _check_splits(table, options.split_column)
    labelling = label_rows(table, choice, options)
    listed = {index.find(value) for value in table[chosen.image]} if chosen.image else set()
    is_dicom = files.mostly_dicom([file for file in files.images if file in listed])
    if not is_dicom:  # no header says of these what is called "sex" or "view": the table does
        said = tuple(name for name in options.keep_columns if name in DICOM_ATTRIBUTES and name in table)
        chosen = chosen.model_copy(update={"kept": (*chosen.kept, *said)})
    entries = _Rows(files.root, table, chosen, index).entries(labelling.labels)
    return Source(
        layout="csv",
        entries=entries,
        columns=chosen,
        class_names=labelling.class_names,
        is_dicom=is_dicom,
        n_unlisted=sum(file not in listed for file in files.images),
        ignored=files.others(table_path),
        findings=labelling.findings,
        finding=labelling.finding,
        caveats=labelling.caveats,
        question=_nothing_there(table, chosen, entries) or labelling.question,
        column_facts=lambda: facts_of(table, index.knows),
        attributes=lambda: propose(table, {chosen.image, chosen.label, chosen.patient, chosen.split}),
    )


class _Index:
    """Finds the file that a value of a table names: by path, name, name without ending, or DICOM UID."""

    def __init__(self, files: SourceFiles, table: pd.DataFrame, read_headers: ReadHeaders) -> None:
        self._found: dict[str, set[Path]] = defaultdict(set)
        for file in files.images:
            for key in (file.as_posix(), file.with_suffix("").as_posix(), file.name, file.stem):
                self._found[key.lower()].add(file)
        if not any(columns.share_of_images(table[name], self.knows) for name in table):
            dicom = [file for file in files.images if files.kinds[file] == "DICOM"]
            for path, header in read_headers(files.root / file for file in dicom):
                if header.image_id:
                    self._found[header.image_id].add(path.relative_to(files.root))

    def candidates(self, value: str) -> set[Path]:
        """Return the files that a value may mean; what lies outside the folder is never among them."""
        path = value.replace("\\", "/").lower().removeprefix("./")
        return self._found.get(path) or self._found.get(path.rstrip("/").rpartition("/")[2]) or set()

    def find(self, value: str) -> Path | None:
        """Return the one file that a value means, or None."""
        found = self.candidates(value)
        return next(iter(found)) if len(found) == 1 else None

    def knows(self, value: str) -> bool:
        return bool(value) and self.find(value) is not None


class _Rows:
    """The rows of a table, each with the file that it names."""

    def __init__(self, root: Path, table: pd.DataFrame, chosen: Columns, index: _Index) -> None:
        self._root, self._table, self._chosen, self._index = root, table, chosen, index
        self._kinds = check_kept(table, chosen.kept)
        self._given = value_columns(map(str, table))

    def entries(self, labels: Sequence[str | None]) -> list[Entry]:
        if self._chosen.image is None:
            return []
        has_classes = any(labels)  # where nobody has said yet which column it is, all can be shown
        kept = self._table[list(self._kinds)].to_dict("records") if self._kinds else [{}] * len(labels)
        rows = zip(
            self._table[self._chosen.image],
            labels,
            self._values(self._chosen.patient),
            self._values(self._chosen.split),
            kept,
            self._rows_of_values(),
            strict=True,
        )
        return [
            Entry(
                name=name,
                label=label,
                patient=patient or None,
                split=split_of(split),
                kept=self._kept(values),
                path=path,
                given=given if isinstance(given, GivenValues) else None,
                problem=problem or (given if isinstance(given, Message) else None),
            )
            for name, label, patient, split, values, given in rows
            for path, problem in [self._place(name, is_wanted=label is not None or not has_classes)]
        ]

    def _values(self, column: str | None) -> Iterable[str]:
        return self._table[column] if column else [""] * len(self._table)

    def _rows_of_values(self) -> Iterable[GivenValues | Message | None]:
        if not self._given:
            return [None] * len(self._table)
        return map(given_values, self._table[list(self._given)].to_dict("records"))  # type: ignore[arg-type]

    def _kept(self, values: dict[Hashable, str]) -> dict[str, str]:
        found = {name: kept_value(kind, values[name]) for name, kind in self._kinds.items()}
        return {name: value for name, value in found.items() if value}

    def _place(self, name: str, *, is_wanted: bool) -> tuple[Path | None, Message | None]:
        if not is_wanted:
            return None, _NO_CLASS
        file = self._index.find(name) if name else None
        if file is not None:
            return self._root / file, None
        return None, _SEVERAL if self._index.candidates(name) else _NO_FILE


def _nothing_there(table: pd.DataFrame, chosen: Columns, entries: Sequence[Entry]) -> Message | None:
    if chosen.image is None:
        return columns.ask_for_image(table)
    if any(entry.path for entry in entries):
        return None
    text = N_("None of the {n} images that the column '{column}' names is there, for example '{first}'.")
    first = str(table[chosen.image].iloc[0])
    return Message(text=text, values={"n": len(table), "column": chosen.image, "first": first})


def _check_splits(table: pd.DataFrame, column: str) -> None:
    odd = Counter(value for value in table[column] if value and split_of(value) is None)
    if odd:
        text = N_("The column '{column}' holds '{value}', which is none of train, val and test.")
        raise InvalidValueError(text, column=column, value=odd.most_common(1)[0][0])
