"""Several findings of one image, and the way that a classifier of one question can learn from them.

A column such as ChestX-ray14's "Finding Labels" ("Effusion|Mass", "No Finding"), columns of 0 and 1, and the
label arrays of ChestMNIST become one chosen finding against the rest. What that leaves out is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.classes import class_name, is_normal_like
from core.datasets.plan import FindingCount
from core.errors import UnknownNameError
from core.language import N_, Message

_SEPARATORS: Final = ("|", ";", ",")
_MOST_FINDINGS: Final = 200
_LONGEST_NAME: Final = 60
_YES: Final = {"1", "1.0", "true", "yes"}
_NO: Final = {"0", "0.0", "false", "no", ""}
_UNSURE: Final = {"-1", "-1.0"}  # CheXpert (arXiv:1901.07031): the report is not sure


@dataclass(frozen=True, eq=False)
class Findings:
    """What a source says of each image.

    Attributes
    ----------
    names
        Of the findings.
    shown
        ndarray of shape (n_images, n_findings), bool.
    unsure
        The same, where the source is not sure.
    listed
        ndarray of shape (n_images,), bool: whether the source says anything of the image.
    """

    names: tuple[str, ...]
    shown: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    listed: NDArray[np.bool_]

    @property
    def is_one_each(self) -> bool:
        """Whether each image has exactly one, so that they are plain classes."""
        return bool(self.listed.all() and not self.unsure.any() and (self.shown.sum(axis=1) == 1).all())

    def counts(self) -> tuple[FindingCount, ...]:
        """Return how often each finding is named, the most frequent first, "nothing found" last."""
        alone = self.shown & (self.shown.sum(axis=1) == 1)[:, None]
        rows = [
            FindingCount(name=name, n_images=int(n), n_alone=int(n_alone))
            for name, n, n_alone in zip(self.names, self.shown.sum(axis=0), alone.sum(axis=0), strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: (is_normal_like(row.name), -row.n_images, row.name)))


@dataclass(frozen=True, eq=False)
class OneAgainstRest:
    """The labels that one finding gives: None where the source is not sure or says nothing."""

    labels: list[str | None]
    class_names: tuple[str, str]
    caveats: tuple[Message, ...]


def separator_of(column: "pd.Series[str]") -> str | None:
    """Return what stands between several findings in a column's values, or None if it holds one each."""
    values = [value for value in column.unique() if value]
    for separator in _SEPARATORS:
        if not any(separator in value for value in values):
            continue
        atoms = {atom.strip() for value in values for atom in value.split(separator)}
        fits = len(atoms) <= _MOST_FINDINGS and max(map(len, atoms)) <= _LONGEST_NAME
        # A class may be called "lung, left"; findings come in many combinations.
        if fits and (separator == "|" or len(atoms) < len(values)):
            return separator
    return None


def from_text(column: "pd.Series[str]", separator: str | None) -> Findings:
    """Return the findings that a column's values name, `separator` between them (None: one each)."""
    distinct = list(column.unique())
    split = {value: _atoms(value, separator) for value in distinct}
    names = tuple(sorted({atom for atoms in split.values() for atom in atoms}))
    place = {name: index for index, name in enumerate(names)}
    rows = {value: [place[atom] for atom in atoms] for value, atoms in split.items()}
    shown = np.zeros((len(column), len(names)), dtype=np.bool_)
    for row, value in enumerate(column):
        shown[row, rows[value]] = True
    return Findings(names, shown, np.zeros_like(shown), (column != "").to_numpy())


def _atoms(value: str, separator: str | None) -> list[str]:
    parts = value.split(separator) if separator else [value]
    return [class_name(part) for part in parts if part.strip()]


def finding_columns(table: pd.DataFrame, taken: set[str | None]) -> list[str]:
    """Return the columns that hold only yes and no, each at least once but for a rare finding."""
    return [str(name) for name in table if name not in taken and is_yes_no(table[name])]


def is_yes_no(column: "pd.Series[str]") -> bool:
    """Tell whether a column holds only yes and no: 1 and 0, true and false."""
    values = {value.lower() for value in column.unique()[:8]}
    return bool(values & (_YES | _UNSURE)) and values <= _YES | _NO | _UNSURE


def from_columns(table: pd.DataFrame, columns: Sequence[str]) -> Findings:
    """Return the findings of columns of 0 and 1; -1 is "not sure", an empty cell is 0."""
    lower = table[list(columns)].apply(lambda column: column.str.lower())
    return Findings(
        names=tuple(class_name(name) for name in columns),
        shown=lower.isin(_YES).to_numpy(),
        unsure=lower.isin(_UNSURE).to_numpy(),
        listed=(lower != "").any(axis=1).to_numpy(),
    )


def from_array(names: tuple[str, ...], labels: NDArray[np.integer]) -> Findings:
    """Return the findings of an array of shape (n_images, n_findings) that holds 0 and 1."""
    shown = labels == 1
    return Findings(names, shown, np.zeros_like(shown), np.ones(len(shown), dtype=np.bool_))


def most_common(findings: Findings) -> str:
    """Return the finding that is looked at before one is chosen."""
    return findings.counts()[0].name


def against_rest(findings: Findings, name: str) -> OneAgainstRest:
    """Return the labels of one finding against the rest.

    Raises
    ------
    UnknownNameError
        The source names no such finding.
    """
    if name not in findings.names:
        raise UnknownNameError(N_("finding"), name, [count.name for count in findings.counts()])
    index = findings.names.index(name)
    shown, unsure = findings.shown[:, index], findings.unsure[:, index]
    rest = "any finding" if is_normal_like(name) else f"no {name}"  # a class name: data, never translated
    known = (shown | ~unsure) & findings.listed
    labels = [
        (name if yes else rest) if is_known else None for yes, is_known in zip(shown, known, strict=True)
    ]
    # "No Finding" against what was found: the disease stands last.
    class_names = (name, rest) if is_normal_like(name) else (rest, name)
    return OneAgainstRest(labels, class_names, _caveats(findings, index, known))


def _caveats(findings: Findings, index: int, known: NDArray[np.bool_]) -> tuple[Message, ...]:
    name = findings.names[index]
    shown = findings.shown[:, index] & known
    others = _others(findings, index)
    n_shown, n_rest = int(shown.sum()), int((known & ~shown).sum())
    first = N_("The source may name several findings of one image. Kept is one question: '{name}', or not?")
    caveats = [Message(text=first, values={"name": name})]
    if not is_normal_like(name):
        with_others = int((shown & others).sum())
        text = N_("{n} of the {total} images with '{name}' show other findings too, which are not kept.")
        caveats.append(Message(text=text, values={"n": with_others, "total": n_shown, "name": name}))
        ill = int((known & ~shown & others).sum())
        text = N_("The rest is not healthy: {n} of its {total} images show another finding.")
        caveats.append(Message(text=text, values={"n": ill, "total": n_rest}))
    if n_unsure := int((~known).sum()):
        text = N_("{n} images are left out: the source is not sure about them, or says nothing.")
        caveats.append(Message(text=text, values={"n": n_unsure}))
    return tuple(caveats)


def _others(findings: Findings, index: int) -> NDArray[np.bool_]:
    ill = [place for place, name in enumerate(findings.names) if place != index and not is_normal_like(name)]
    return np.asarray(findings.shown[:, ill].any(axis=1))
