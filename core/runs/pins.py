"""The cases that a run follows from epoch to epoch: chosen by a rule, or pinned by a person.

pinned.json in the run folder is read by the worker at each epoch, so a case may be pinned while the run is at
work. Images of the test split are never followed: to watch them would be to look at the exam.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from filelock import FileLock

from core.datasets.store import Dataset
from core.errors import InvalidValueError, StateError, UserError
from core.language import N_
from core.runs.replay import MOST_CASES, MOST_POINTS
from core.runs.store import Run, list_runs
from core.workspace import write_json

_NAME: Final = "pinned.json"
_Change = Callable[[tuple[int, ...]], tuple[int, ...]]

# The rule in words, for the page and the lesson.
RULE: Final = N_(
    "Chosen by a rule: up to twelve validation images, the same number of each class as far as there are"
    " enough, one of each patient, spread evenly over the list."
)


def pinned_cases(run: Run) -> tuple[int, ...] | None:
    """Return the cases that a person pinned, now or when the run was made; None: the rule chooses."""
    found = read_pins(run.folder)
    return run.request.pinned if found is None else found


def last_pinned(dataset: Dataset) -> tuple[int, ...] | None:
    """Return what a person pinned last in a run of a data set; None where nobody did, or it changed since."""
    info = dataset.info
    changed: list[tuple[int, Run]] = []
    for run in list_runs():
        with suppress(OSError):  # nobody has pinned there
            changed.append(((run.folder / _NAME).stat().st_mtime_ns, run))
    for _ns, run in sorted(changed, key=lambda one: one[0], reverse=True):
        with suppress(UserError):  # a folder that is torn has no say
            if run.config.dataset == info.dataset_id and run.request.dataset_revision == info.revision:
                return read_pins(run.folder)
    return None


def read_pins(folder: Path) -> tuple[int, ...] | None:
    """Return what pinned.json says; None where it is not there or says nothing that can be used."""
    try:
        found = json.loads((folder / _NAME).read_bytes())["cases"]
        return tuple(dict.fromkeys(int(case) for case in found))[:MOST_CASES]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def pin(run: Run, sample_id: int, *, followed: tuple[int, ...]) -> tuple[int, ...]:
    """Follow one more case from the next epoch on; return all that are followed then.

    Parameters
    ----------
    run
        At work, or one that goes on later, or that others are made from.
    sample_id
        A training or validation image.
    followed
        The cases that are followed now, where the rule chose them.

    Raises
    ------
    InvalidValueError
        It is no image of the run's training or validation split, or twelve are followed already.
    StateError
        The run came with Lightbox.
    """
    check_pins(run.split(), (sample_id,))
    return _change(run, followed, lambda cases: (*cases, sample_id))


def unpin(run: Run, sample_id: int, *, followed: tuple[int, ...]) -> tuple[int, ...]:
    """Leave a case out from the next epoch on; parameters and errors as for `pin`."""
    return _change(run, followed, lambda cases: tuple(case for case in cases if case != sample_id))


def check_pins(split: pd.DataFrame, cases: tuple[int, ...]) -> None:
    """Raise InvalidValueError where one of the cases may not be followed, or there are too many.

    `split` has the columns sample_id and split.
    """
    if len(cases) > MOST_CASES:
        text = N_("At most {most} cases can be followed at once; unpin one first.")
        raise InvalidValueError(text, most=MOST_CASES)
    part_of = dict(zip(split["sample_id"], split["split"], strict=True))
    for case in cases:
        if part_of.get(case) == "test":
            text = N_(
                "Image {id} is in the test split, which stays sealed while a network learns; choose a"
                " validation or a training image."
            )
            raise InvalidValueError(text, id=case)
        if case not in part_of:
            text = N_("Image {id} is not among the images of this run; choose one of its validation images.")
            raise InvalidValueError(text, id=case)


def chosen_cases(split: pd.DataFrame, patients: pd.Series, class_names: tuple[str, ...]) -> tuple[int, ...]:
    """Return the validation images that are followed where nobody has pinned any, by `RULE`.

    Parameters
    ----------
    split
        sample_id, label and split of each image.
    patients
        The patient of each sample_id (the index), missing where not known.
    class_names
        In their order.
    """
    val = split[split["split"] == "val"].sort_values("sample_id")
    whose = val["sample_id"].map(patients)
    val = val[~whose.duplicated() | whose.isna()]
    by_class = [val.loc[val["label"] == name, "sample_id"].to_list() for name in class_names]
    n_each = [0] * len(by_class)
    while sum(n_each) < MOST_CASES and any(n < len(ids) for n, ids in zip(n_each, by_class, strict=True)):
        for place, ids in enumerate(by_class):  # in turn, until twelve or all are taken
            if n_each[place] < len(ids) and sum(n_each) < MOST_CASES:
                n_each[place] += 1
    return tuple(int(case) for ids, n in zip(by_class, n_each, strict=True) for case in _spread(ids, n))


def chosen_points(val_ids: tuple[int, ...], always: tuple[int, ...]) -> tuple[int, ...]:
    """Return the validation images on the map of cases, at most 500, evenly from the list and `always` in."""
    ids = sorted(val_ids)
    if len(ids) <= MOST_POINTS:
        return tuple(ids)
    kept = sorted(set(always) & set(ids))
    others = [case for case in ids if case not in set(kept)]
    return tuple(sorted([*kept, *_spread(others, MOST_POINTS - len(kept))]))


def _change(run: Run, followed: tuple[int, ...], change: _Change) -> tuple[int, ...]:
    if run.is_shipped:
        text = N_("'{run}' ships with Lightbox and stays as it is: pin cases in a run of your own.")
        raise StateError(text, run=run.run_id)
    with FileLock(run.folder / f".{_NAME}.lock"):  # two browsers at once lose neither's case
        before = read_pins(run.folder)
        cases = tuple(dict.fromkeys(change(followed if before is None else before)))
        check_pins(run.split(), cases)
        write_json(run.folder / _NAME, {"cases": list(cases)})
    return cases


def _spread(ids: list[int], n: int) -> list[int]:
    """Return `n` of the ids at even distances, the first and the last among them."""
    if n <= 1:
        return ids[:n]
    return [ids[place] for place in np.linspace(0, len(ids) - 1, n).round().astype(int)]
