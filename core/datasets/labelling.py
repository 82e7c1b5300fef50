"""The label of each row of a table: a column of classes, or one finding of several against the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets import findings as several
from core.datasets.classes import check_number, class_name, is_normal_like, ordinal_caveat
from core.datasets.columns import Choice, ask_for_label
from core.datasets.medmnist import class_names_of
from core.datasets.options import ImportOptions
from core.datasets.plan import FindingCount
from core.datasets.records import UNLABELLED
from core.errors import UnknownNameError
from core.language import N_, Message

_LISTED: Final = 12


@dataclass(frozen=True, eq=False)
class Labelling:
    """What labels a table gives, and what they leave out."""

    labels: Sequence[str | None]
    class_names: tuple[str, ...] | None = None
    findings: tuple[FindingCount, ...] = ()
    finding: str | None = None
    caveats: tuple[Message, ...] = ()
    question: Message | None = None


def label_rows(table: pd.DataFrame, choice: Choice, options: ImportOptions) -> Labelling:
    """Return the label of each row.

    Where several findings of an image are named and none is chosen, the labels are about the most common one
    and the question asks which it shall be.

    Raises
    ------
    UnknownNameError
        There is no such finding.
    ImportRefusedError
        There are more than 1,000 classes.
    """
    if options.unlabelled:
        return Labelling([UNLABELLED] * len(table))
    named = _findings_of(table, choice)
    column = choice.columns.label
    if options.finding is not None:
        if named is None and column is not None:
            named = several.from_text(table[column], None)  # one class of a plain column against the rest
        return _one_finding(named, options.finding)
    if named is None or (column is not None and choice.findings and not _is_text(table, column)):
        plain = _unknown(table) if column is None else _classes(table[column])
        return _offering(plain, named)
    if named.is_one_each:
        return _single(named)
    return _asking(named)


def label_array(labels: NDArray[np.int64], stem: str, options: ImportOptions) -> Labelling:
    """Return the label of each image of an array file.

    Parameters
    ----------
    labels
        ndarray of shape (n_images, n_labels): one class number each, or 0 and 1 for each finding.
    stem
        What the file is called, by which MedMNIST's classes are known.
    """
    if options.unlabelled:
        return Labelling([UNLABELLED] * len(labels))
    n_labels = labels.shape[1]
    if n_labels > 1:
        named = several.from_array(class_names_of(stem, n_labels), labels)
        return _asking(named) if options.finding is None else _one_finding(named, options.finding)
    names = class_names_of(stem, 1 + int(labels.max(initial=0)))
    found = [names[number] for number in labels[:, 0]]
    if options.finding is not None:
        return _one_finding(several.from_text(pd.Series(found), None), options.finding)
    # The numbers have an order of their own, which stays: "bladder" is 0.
    ordered = tuple(sorted(names, key=lambda name: not is_normal_like(name)))
    caveat = ordinal_caveat(names)
    return Labelling(found, ordered, caveats=(caveat,) if caveat else ())


def _is_text(table: pd.DataFrame, column: str) -> bool:
    return several.separator_of(table[column]) is not None


def _findings_of(table: pd.DataFrame, choice: Choice) -> several.Findings | None:
    column = choice.columns.label
    if column is not None and (separator := several.separator_of(table[column])):
        return several.from_text(table[column], separator)
    return several.from_columns(table, choice.findings) if choice.findings else None


def _unknown(table: pd.DataFrame) -> Labelling:
    return Labelling([None] * len(table), question=ask_for_label(table))


def _classes(column: "pd.Series[str]") -> Labelling:
    names = {value: class_name(value) for value in column.unique() if value}
    check_number(set(names.values()))
    caveat = ordinal_caveat(names.values(), str(column.name))
    return Labelling([names.get(value) for value in column], caveats=(caveat,) if caveat else ())


def _offering(plain: Labelling, named: several.Findings | None) -> Labelling:
    """Add to plain classes the findings that other columns name, to be chosen instead."""
    if named is None:
        return plain
    return Labelling(plain.labels, findings=named.counts(), caveats=plain.caveats, question=plain.question)


def _single(named: several.Findings) -> Labelling:
    """Take findings of which each image has exactly one as classes: ISIC's columns MEL, NV, BCC, ..."""
    names = np.array(named.names, dtype=object)
    return Labelling(list(names[named.shown.argmax(axis=1)]))


def _one_finding(named: several.Findings | None, finding: str) -> Labelling:
    if named is None:
        raise UnknownNameError(N_("finding"), finding, ())
    found = several.against_rest(named, finding)
    return Labelling(found.labels, found.class_names, named.counts(), finding, found.caveats)


def _asking(named: several.Findings) -> Labelling:
    finding = several.most_common(named)
    found = several.against_rest(named, finding)
    counts = named.counts()
    names = ", ".join(f"'{count.name}' ({count.n_images})" for count in counts[:_LISTED])
    text = N_("Several findings are named for one image. Choose one of them, against the rest: {names}.")
    question = Message(text=text, values={"names": names})
    return Labelling(found.labels, found.class_names, counts, finding, found.caveats, question)
