"""Another data set than the run's own: which of its classes stand for which of the run's.

A mapping has an entry for each class there that is called otherwise here: "fracture" -> "broken", or to
LEFT_OUT. A class with the same name on both sides needs none. Several may stand for one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from core.datasets.records import UNLABELLED
from core.errors import UnknownNameError, UserError
from core.language import N_

LEFT_OUT: Final = ""  # stands for no class of the run: images of it are counted, and not judged


def whole_mapping(
    theirs: Sequence[str], ours: Sequence[str], mapping: Mapping[str, str], *, dataset_id: str
) -> dict[str, str]:
    """Return what each class there stands for: a class of the run, or LEFT_OUT.

    Parameters
    ----------
    theirs, ours
        The classes of the other data set, and those that the run has learned.
    mapping
        What was chosen; it need not name classes that are called the same.
    dataset_id
        The other data set, for what is said when it cannot be judged.

    Raises
    ------
    UnknownNameError
        The mapping names a class that is not there, on either side.
    UserError
        A class there stands for nothing yet, or nothing is left to judge.
    """
    for name, meant in mapping.items():
        if name not in theirs:
            raise UnknownNameError(N_("class of the other data set"), name, theirs)
        if meant != LEFT_OUT and meant not in ours:
            raise UnknownNameError(N_("class of the run"), meant, ours)
    found = suggested(theirs, ours) | dict(mapping)
    known = ", ".join(ours)
    if all(found.get(name, LEFT_OUT) == LEFT_OUT for name in theirs):
        text = N_(
            "No class of '{dataset}' stands for one that this run has learned; it knows {known}. Choose a"
            " data set with the same classes, or say which class there stands for which here."
        )
        raise UserError(text, dataset=dataset_id, known=known)
    unknown = [name for name in theirs if name not in found]
    if unknown:
        text = N_(
            "'{dataset}' has images of '{name}', which this run has not learned; it knows {known}."
            " Choose a data set with the same classes, or say which class there stands for which here."
        )
        raise UserError(text, dataset=dataset_id, name=unknown[0], known=known)
    return found


def suggested(theirs: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """Return what goes without saying: equal names mean the same, and what has no class is left out."""
    same = {name: name for name in theirs if name in ours}
    return same | {name: LEFT_OUT for name in theirs if name == UNLABELLED and name not in same}


def variant_of(mapping: Mapping[str, str]) -> str:
    """Return a short name for a mapping, the same for the same one; "" where nothing is mapped."""
    said = sorted((name, meant) for name, meant in mapping.items() if name != meant)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12] if said else ""
