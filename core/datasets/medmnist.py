"""MedMNIST, twelve sets of small medical pictures (Yang et al. 2023, doi 10.1038/s41597-022-01721-8).

What the `medmnist` package lists, with what each set shows in our own words and what to know before a score
on it is believed.
"""

import re
from collections.abc import Iterable
from typing import Final

from core.datasets.medmnist_about import ABOUT, About
from core.datasets.medmnist_info import SIZES, MedMnistSet, read_sets
from core.errors import InvalidValueError, StateError, UnknownNameError
from core.language import N_, Message

__all__ = [
    "DEFAULT_FINDING",
    "SIZES",
    "MedMnistSet",
    "about",
    "caveats_of",
    "check_finding",
    "class_names_of",
    "find_set",
    "free_name",
    "list_sets",
    "title_of",
]

DEFAULT_FINDING: Final = "effusion"  # frequent, and large enough to be seen in small pictures
_FILE: Final = re.compile(r"([a-z]+mnist)(?:_\d+)?", re.IGNORECASE)


def list_sets() -> list[MedMnistSet]:
    """Return the sets of 2D pictures of which we know what they show, in the package's order."""
    return [entry for entry in read_sets().values() if entry.name in ABOUT]


def find_set(name: str) -> MedMnistSet:
    """Return the set of that name; UnknownNameError if there is none."""
    sets = {entry.name: entry for entry in list_sets()}
    if name.lower() not in sets:
        raise UnknownNameError(N_("MedMNIST set"), name, sets)
    return sets[name.lower()]


def about(entry: MedMnistSet) -> About:
    """Return what a set shows in our own words."""
    return ABOUT[entry.name]


def caveats_of(entry: MedMnistSet) -> tuple[Message, ...]:
    """Return what to know before a score on this set is believed, besides what its import leaves out."""
    return tuple(Message(text=text) for text in about(entry).caveats)


def check_finding(entry: MedMnistSet, finding: str | None) -> None:
    """Refuse a finding where there is one label a picture, and ask for one where there are several.

    Raises
    ------
    InvalidValueError, UnknownNameError
    """
    if entry.task != "multi-label" and finding is not None:
        text = N_("{title} has one class for each picture; leave out the finding.")
        raise InvalidValueError(text, title=entry.title)
    if entry.task == "multi-label" and finding is None:
        text = N_("{title} has several findings for each picture; choose one of: {known}.")
        raise InvalidValueError(text, title=entry.title, known=", ".join(entry.class_names))
    if finding is not None and finding not in entry.class_names:
        raise UnknownNameError(N_("finding"), finding, entry.class_names)


def title_of(entry: MedMnistSet, size: int, finding: str | None = None) -> str:
    """Return the title of the data set that is made of a set: "ChestMNIST, 64 px: effusion"."""
    title = f"{entry.title}, {size} px"
    return f"{title}: {finding}" if finding else title


def free_name(entry: MedMnistSet, size: int, finding: str | None, taken: Iterable[str]) -> str:
    """Return a name for the data set that is not taken: "chestmnist-64-effusion", or with a number behind."""
    known = set(taken)
    stem = "-".join(part for part in (entry.name, str(size), finding) if part)
    number = 2
    name = stem
    while name in known:
        name = f"{stem}-{number}"
        number += 1
    return name


def class_names_of(stem: str, n_classes: int) -> tuple[str, ...]:
    """Return the class names of a file such as "pneumoniamnist_224"; "class 0", ... if they are not known."""
    known = _known_classes(stem)
    return known if len(known) >= n_classes else tuple(f"class {number}" for number in range(n_classes))


def _known_classes(stem: str) -> tuple[str, ...]:
    match = _FILE.fullmatch(stem)
    try:
        entry = read_sets().get(match[1].lower()) if match else None
    except StateError:  # without the package a file is imported all the same
        return ()
    return entry.class_names if entry else ()
