"""Which column of a table is what: images by the files they name, others by name and values."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from core.datasets.findings import finding_columns, separator_of
from core.datasets.options import NO_COLUMN
from core.datasets.records import Columns
from core.datasets.sources import split_of
from core.errors import ImportRefusedError, UnknownNameError
from core.language import N_, Message

_LABEL: Final = (
    *("label", "labels", "class", "diagnosis", "finding", "findings", "target", "category", "disease"),
    *("pathology", "dx", "condition", "type", "y", "标签", "类别", "诊断"),
)
# Whose pictures must not be torn apart: a person, or else a visit or a slide that several are cut from.
_PATIENT: Final = (
    *("patient", "subject", "person", "participant", "患者", "患者编号", "病人", "病人编号"),
    *("case", "study", "slide", "group", "scan"),
)
_BESIDE_PATIENT: Final = {
    *("id", "ids", "no", "nr", "number", "name", "key", "code", "image", "file", "uid"),
}
_SPLIT: Final = ("split", "subset", "set", "partition", "fold", "phase", "usage", "dataset")
_IMAGE: Final = (
    "image",
    "img",
    "file",
    "filename",
    "path",
    "filepath",
    "picture",
    "sopinstanceuid",
    "文件名",
)
_MAX_GUESSED_CLASSES: Final = 50
# Where a word ends without a sign: patient|Id, 患者|ID.
_BORDER: Final = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])|(?<=[\u4e00-\u9fff])(?=[!-~])|(?<=[!-~])(?=[\u4e00-\u9fff])"
)
_N_TRIED: Final = 500  # rows, from the first to the last, that tell whether a column names files


@dataclass(frozen=True)
class Choice:
    """Which columns to use; None where that cannot be told.

    Attributes
    ----------
    findings
        Columns of 0 and 1, one for each finding, which together are the label where there is no other.
    """

    columns: Columns
    findings: tuple[str, ...] = ()


def choose(table: pd.DataFrame, asked: Columns, is_image: Callable[[str], bool]) -> Choice:
    """Return which columns to use: those asked for, and a guess for the others.

    Parameters
    ----------
    table
        All values as text.
    asked
        What the importer named; None where a column is to be guessed, NO_COLUMN where there is none.
    is_image
        Tells whether a value names an image that is there.

    Raises
    ------
    UnknownNameError
        A column that is asked for does not exist.
    ImportRefusedError
        One column is asked to hold the class and something else.
    """
    for name in (asked.image, asked.label, asked.patient, asked.split, *asked.kept):
        if name not in (None, NO_COLUMN) and name not in table:
            raise UnknownNameError(N_("column"), name, map(str, table))
    image = asked.image or _guess_image(table, is_image)
    split, patient = asked.split or None, asked.patient or None
    if asked.split is None:
        split = _guess_split(table, {image, asked.label, asked.patient})
    if asked.patient is None:
        patient = _guess_patient(table, {image, asked.label, split})
    taken = {image, split, patient}
    if asked.label is not None and asked.label in taken:
        text = N_("The column '{column}' cannot hold the classes and something else too; name another.")
        raise ImportRefusedError(text, column=asked.label)
    findings = tuple(finding_columns(table, {*taken, asked.label}))
    label = asked.label or _guess_label(table, taken, are_findings=len(findings) > 1)
    columns = Columns(image=image, label=label, patient=patient, split=split, kept=asked.kept)
    return Choice(columns, findings if len(findings) > 1 else ())


def ask_for_image(table: pd.DataFrame) -> Message:
    """Return the question that is raised where no column names the images."""
    text = N_(
        "No column of the table names the images in the folder; its columns are {names}. Say which does."
    )
    return Message(text=text, values={"names": _listed(table)})


def ask_for_label(table: pd.DataFrame) -> Message:
    """Return the question that is raised where no column is surely the one with the classes."""
    text = N_("No column is surely the one with the classes; the columns are {names}. Say which it is.")
    return Message(text=text, values={"names": _listed(table)})


def _listed(table: pd.DataFrame) -> str:
    return ", ".join(f"'{name}'" for name in list(table)[:20])


def _guess_image(table: pd.DataFrame, is_image: Callable[[str], bool]) -> str | None:
    shares = {name: share_of_images(table[name], is_image) for name in table}
    best = max(shares, key=lambda name: shares[name], default=None)
    if best is not None and shares[best] > 0:
        return str(best)
    named = [str(name) for name in table if set(words_of(str(name))) & set(_IMAGE) or _joined(name) in _IMAGE]
    return named[0] if named else None


def _guess_split(table: pd.DataFrame, taken: set[str | None]) -> str | None:
    for name in _by_word(table, _SPLIT, taken):
        values = [value for value in table[name].unique() if value]
        if values and all(split_of(value) for value in values):
            return name
    return None


def _guess_patient(table: pd.DataFrame, taken: set[str | None]) -> str | None:
    for name in _by_word(table, _PATIENT, taken):
        others = set(words_of(name)) - set(_PATIENT)
        if others <= _BESIDE_PATIENT and 1 < table[name].nunique():
            return name
    return None


def _guess_label(table: pd.DataFrame, taken: set[str | None], *, are_findings: bool) -> str | None:
    named = [name for name in _by_word(table, _LABEL, taken) if _could_be_labels(table[name])]
    if named:
        return named[0]
    possible = [str(name) for name in table if name not in taken and _could_be_classes(table[name])]
    return possible[0] if len(possible) == 1 and not are_findings else None


def _could_be_labels(column: "pd.Series[str]") -> bool:
    return _could_be_classes(column) or separator_of(column) is not None


def _could_be_classes(column: "pd.Series[str]") -> bool:
    n_values = column[column != ""].nunique()
    return 1 <= n_values <= min(_MAX_GUESSED_CLASSES, max(2, len(column) // 2))


def _by_word(table: pd.DataFrame, words: Sequence[str], taken: set[str | None]) -> list[str]:
    """Return the columns whose name holds one of the words, in the order of the words."""
    free = [str(name) for name in table if name not in taken]
    return [
        name
        for word in words
        for name in free
        if word in words_of(name) or _joined(name).startswith(f"{word}id")
    ]


def words_of(name: str) -> list[str]:
    """Split a column's name: "Patient_ID", "patientId" and "patient id" are ["patient", "id"].

    Chinese words have no sign between them and stay together: "患者编号" is one.
    """
    spaced = _BORDER.sub(" ", name)
    return [word for word in re.split(r"[\W_]+", spaced.lower()) if word]


def _joined(name: object) -> str:
    return "".join(words_of(str(name)))


def share_of_images(column: "pd.Series[str]", is_image: Callable[[str], bool]) -> float:
    """Return which share of a column's values names an image that is there: of some, evenly apart.

    Often only a part of a public set is there, and not the one that its table begins with.
    """
    tried = column.iloc[:: max(1, len(column) // _N_TRIED)]
    return sum(map(is_image, tried)) / max(1, len(tried))
