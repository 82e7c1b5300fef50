"""Correct labels: each change is a line in edits.jsonl, and the data set has a new revision.

The number of a sample means the same picture before and after, so runs of an earlier revision can still be
judged: with the labels that they were trained on. A revision depends on nothing but the table. Whoever takes
all changes back has the revision from before, and runs of that fit again.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.datasets import table
from core.datasets.changes import changing, replacing_together
from core.datasets.classes import default_positive, order_classes
from core.datasets.dataset import Dataset
from core.datasets.records import UNLABELLED, DatasetInfo
from core.datasets.store import open_dataset, open_own
from core.datasets.users import TRAINING, refuse_while_used
from core.errors import InvalidValueError, StateError, UnknownNameError
from core.language import N_

_EDITS: Final = "edits.jsonl"
_LONGEST_CLASS: Final = 80


class LabelCorrection(BaseModel):
    """What one sample's class is to be, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample_id: int
    label: str
    reason: str = Field(default="", max_length=500)


class LabelEdit(BaseModel):
    """A line of edits.jsonl: one sample's class was changed."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    at: str  # ISO 8601, UTC
    sample_id: int
    before: str = Field(alias="from")
    after: str = Field(alias="to")
    reason: str = ""
    revision: str  # of the data set with this change and those that were saved together with it
    previous_revision: str
    save: int  # which saving it belongs to, from 1
    undoes: int | None = None  # the saving that it takes back


class LabelChange(BaseModel):
    """A sample whose class is another one than it was at some revision."""

    model_config = ConfigDict(frozen=True)

    sample_id: int
    before: str
    after: str


def correct_labels(
    dataset_id: str, corrections: Sequence[LabelCorrection], *, new_classes: Collection[str] = ()
) -> DatasetInfo:
    """Change the classes of some samples, all of them or none, and return what is then known.

    Parameters
    ----------
    dataset_id
        A data set that does not ship with Lightbox.
    corrections
        What says what is already so changes nothing; of two for one sample the later counts.
    new_classes
        Classes that the data set does not have and may get: a misspelt class is no new one.

    Raises
    ------
    StateError
        It ships with Lightbox, or a run is training on it.
    UnknownNameError
        A class is neither there nor among `new_classes`.
    InvalidValueError
        There is no sample of that number, or a new class has a name that no class can have.
    """
    with changing():
        dataset = open_own(dataset_id)
        refuse_while_used(dataset.info, TRAINING)
        labels = dataset.samples["label"].to_numpy()
        for one in corrections:
            if not 0 <= one.sample_id < len(labels):
                dataset.row(one.sample_id)  # says so
        latest = {one.sample_id: one for one in corrections}
        wanted = [one for one in latest.values() if labels[one.sample_id] != one.label]
        _check_classes(dataset.info, {one.label for one in wanted}, new_classes)
        return _save(dataset, wanted)


def undo_last_edit(dataset_id: str) -> DatasetInfo:
    """Take back what was saved last and is not yet taken back; that, too, is written down.

    Raises
    ------
    StateError
        There is nothing to take back, the data set ships with Lightbox, or a run is training on it.
    """
    with changing():
        dataset = open_own(dataset_id)
        refuse_while_used(dataset.info, TRAINING)
        last = last_save(list_edits(dataset_id))
        if not last:
            raise StateError(
                N_("No label of '{name}' was changed, so there is nothing to undo."), name=dataset_id
            )
        back = [LabelCorrection(sample_id=edit.sample_id, label=edit.before) for edit in last]
        return _save(dataset, back, undoes=last[0].save)


def list_edits(dataset_id: str) -> tuple[LabelEdit, ...]:
    """Return all changes of labels, oldest first."""
    path = open_dataset(dataset_id).folder / _EDITS
    lines = path.read_bytes().splitlines() if path.exists() else []
    try:
        return tuple(LabelEdit.model_validate_json(line) for line in lines)
    except ValidationError as error:
        text = N_(
            "The history of the labels of '{name}' (edits.jsonl) is damaged; make a copy of the data set."
        )
        raise StateError(text, name=dataset_id) from error


def last_save(edits: Sequence[LabelEdit]) -> tuple[LabelEdit, ...]:
    """Return the changes that an undo would take back: those saved last that still count."""
    undone = {edit.undoes for edit in edits}
    counting = [edit.save for edit in edits if edit.undoes is None and edit.save not in undone]
    return tuple(edit for edit in edits if counting and edit.save == counting[-1])


def edits_since(dataset_id: str, revision: str) -> tuple[LabelChange, ...] | None:
    """Return which samples have another class now than at `revision`, by sample.

    None if the data set never had that revision: then it is not the one that it was, under the same name.

    Raises
    ------
    UnknownNameError
        There is no such data set.
    """
    if open_dataset(dataset_id).info.revision == revision:
        return ()
    edits = list_edits(dataset_id)
    last = max((place for place, edit in enumerate(edits) if edit.revision == revision), default=-1)
    if last < 0 and (not edits or edits[0].previous_revision != revision):
        return None
    before: dict[int, str] = {}
    after: dict[int, str] = {}
    for edit in edits[last + 1 :]:
        before.setdefault(edit.sample_id, edit.before)
        after[edit.sample_id] = edit.after
    changed = (sample_id for sample_id in sorted(after) if before[sample_id] != after[sample_id])
    return tuple(LabelChange(sample_id=one, before=before[one], after=after[one]) for one in changed)


def _check_classes(info: DatasetInfo, asked: set[str], new_classes: Collection[str]) -> None:
    for name in sorted(asked - {*info.class_names, UNLABELLED}):
        if name not in new_classes:
            raise UnknownNameError(N_("class"), name, info.class_names)
        if not 0 < len(name) <= _LONGEST_CLASS or not name.isprintable() or name != name.strip():
            text = N_("'{name}' cannot name a class: use 1 to {most} characters in one line.")
            raise InvalidValueError(text, name=name, most=_LONGEST_CLASS)


def _save(
    dataset: Dataset, corrections: Sequence[LabelCorrection], *, undoes: int | None = None
) -> DatasetInfo:
    """Write the lines, the table and what is known of the data set, as one."""
    if not corrections:
        return dataset.info
    samples = dataset.samples.copy()
    rows = [one.sample_id for one in corrections]
    before = samples["label"].iloc[rows].tolist()
    samples.loc[rows, "label"] = [one.label for one in corrections]
    info = _described(dataset.info, samples, n_edits=dataset.info.n_edits + len(rows))
    edits = list_edits(dataset.info.dataset_id)
    common = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": info.revision,
        "undoes": undoes,
    }
    common |= {"previous_revision": dataset.info.revision, "save": edits[-1].save + 1 if edits else 1}
    added = [
        LabelEdit.model_validate(
            common | {"sample_id": one.sample_id, "from": was, "to": one.label, "reason": one.reason}
        )
        for one, was in zip(corrections, before, strict=True)
    ]
    with replacing_together(dataset.folder) as staging:
        _write_edits((*edits, *added), staging / _EDITS)
        labels = samples["label"].tolist()
        path = dataset.folder / "samples.parquet"
        table.write_labels(path, labels, staging / path.name, revision=info.revision)
        (staging / "dataset.json").write_text(info.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return info


def _write_edits(edits: Sequence[LabelEdit], path: Path) -> None:
    lines = (edit.model_dump_json(by_alias=True) + "\n" for edit in edits)
    path.write_text("".join(lines), encoding="utf-8")


def _described(info: DatasetInfo, samples: pd.DataFrame, *, n_edits: int) -> DatasetInfo:
    counts = Counter(samples["label"])
    order = _extended(info.class_order or info.class_names, set(counts))
    names = tuple(name for name in order if counts[name])
    changes = {
        "class_names": names,
        "class_order": order,
        "class_counts": {name: counts[name] for name in names},
        "positive_class": _positive(info.positive_class, names),
        "n_edits": n_edits,
        "revision": table.revision_of(samples),
    }
    return info.model_copy(update=changes)


def _extended(order: tuple[str, ...], names: set[str]) -> tuple[str, ...]:
    """Return the order with new classes in it; those that were there keep their order among each other.

    So the same classes are always in the same order, whatever was edited and taken back between.
    """
    known = [name for name in order if name != UNLABELLED]
    new = sorted(names - {*order, UNLABELLED})
    is_ours = tuple(known) == order_classes(known)
    extended = order_classes([*known, *new]) if is_ours else (*known, *new)
    return (*extended, UNLABELLED)


def _positive(positive: str | None, names: tuple[str, ...]) -> str | None:
    if len(names) == 2 and positive in names:
        return positive
    return None if UNLABELLED in names else default_positive(names)
