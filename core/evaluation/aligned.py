"""Two networks' predictions brought into the same order, or a sentence why they cannot be compared."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.datasets.editing import edits_since
from core.datasets.records import SplitName
from core.datasets.store import open_dataset
from core.errors import StateError, UnknownNameError
from core.language import N_
from core.runs.predictions import Predictions
from core.runs.store import Run

_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class Aligned:
    """Predictions of the same images in the same order, with the same truth and the same classes.

    `n_corrected` labels differed between the two; the truth is then that of the newer one.
    """

    one: Predictions
    other: Predictions
    n_corrected: int = 0


def refuse_other_data(run: Run, other: Run) -> None:
    """Refuse two runs whose images are not the same ones, whatever their numbers say.

    Raises
    ------
    StateError
        Other data sets, another state of one of the same name, or labels that were drawn by lot for one.
    """
    names = {"run": run.run_id, "other": other.run_id}
    if not _is_same_data_set(run, other):
        text = N_(
            "'{run}' was trained on '{dataset}' and '{other}' on '{second}'. Only runs that were judged on"
            " the same images can be compared image by image."
        )
        raise StateError(text, dataset=run.config.dataset, second=other.config.dataset, **names)
    if not _is_same_state(run, other):
        text = N_(
            "The data set '{dataset}' was another one when '{run}' and '{other}' were trained: the same name,"
            " other images. Train one of them again."
        )
        raise StateError(text, dataset=run.config.dataset, **names)
    if run.config.split.labels != other.config.split.labels:
        text = N_(
            "One of '{run}' and '{other}' was trained on labels drawn by lot: there is nothing to compare."
        )
        raise StateError(text, **names)


def refuse_other_split(run: Run, other: Run, split: SplitName) -> None:
    """Refuse two runs of the same data whose splits are not of the same images, before either is asked.

    Raises
    ------
    StateError
        Some images stand in the split of one of them alone.
    """
    if run.request.split_hash is not None and run.request.split_hash == other.request.split_hash:
        return
    sides = [one.split() for one in (run, other)]
    members = [set(side.loc[side["split"] == split, "sample_id"]) for side in sides]
    alone = members[0] ^ members[1]
    if alone:
        text = N_(
            "'{run}' and '{other}' were not judged on the same images: {n} of {total} stand in this split of"
            " one of them alone. Train one of them again with the other's split to compare them."
        )
        n_all = len(members[0] | members[1])
        raise StateError(text, run=run.run_id, other=other.run_id, n=len(alone), total=n_all)


def newer_of(run: Run, other: Run) -> Literal["one", "other"]:
    """Return which of two runs began later: its labels are the truth for both."""
    return "one" if run.status.created_at > other.status.created_at else "other"


def align(one: Predictions, other: Predictions, *, newer: Literal["one", "other"] = "other") -> Aligned:
    """Bring two networks' predictions into the same order.

    Raises
    ------
    StateError
        They were not asked about the same images, or know other classes.
    """
    if set(one.class_names) != set(other.class_names):
        text = N_("The two know other classes ({one}; {other}), so their answers cannot be compared.")
        raise StateError(text, one=", ".join(one.class_names), other=", ".join(other.class_names))
    _refuse_other_images(one, other)
    first, second = _sorted(one, one.class_names), _sorted(other, one.class_names)
    second = replace(second, positive_class=first.positive_class)
    n_corrected = int((first.y_true != second.y_true).sum())
    truth = second.y_true if newer == "other" else first.y_true
    patients = first.patient_ids if first.patient_ids is not None else second.patient_ids
    return Aligned(
        replace(first, y_true=truth, patient_ids=patients),
        replace(second, y_true=truth, patient_ids=patients),
        n_corrected,
    )


def _refuse_other_images(one: Predictions, other: Predictions) -> None:
    alone = np.setxor1d(one.sample_ids, other.sample_ids)
    if not len(alone):
        return
    shown = ", ".join(str(number) for number in alone[:_MOST_NAMED].tolist())
    text = N_(
        "They were not judged on the same images: {n} of them were asked of one of the two alone (numbers"
        " {shown}{more}). Train one of them again with the other's split to compare them."
    )
    raise StateError(text, n=len(alone), shown=shown, more=", …" if len(alone) > _MOST_NAMED else "")


def _sorted(predictions: Predictions, class_names: tuple[str, ...]) -> Predictions:
    """Return predictions by rising sample_id, their classes in the order of `class_names`."""
    order = np.argsort(predictions.sample_ids, kind="stable")
    columns = np.array([predictions.class_names.index(name) for name in class_names])
    patients = predictions.patient_ids
    return replace(
        predictions,
        y_true=np.argsort(columns)[predictions.y_true[order]],
        logits=predictions.logits[order][:, columns],
        y_score=predictions.y_score[order][:, columns],
        sample_ids=predictions.sample_ids[order],
        patient_ids=None if patients is None else patients[order],
        class_names=class_names,
    )


def _is_same_data_set(run: Run, other: Run) -> bool:
    first, second = run.config.dataset, other.config.dataset
    if first == second:
        return True
    for name in (first, second):  # it may have been renamed between the two
        try:
            info = open_dataset(name).info
        except UnknownNameError:
            continue
        if info.is_called(first) and info.is_called(second):
            return True
    return False


def _is_same_state(run: Run, other: Run) -> bool:
    """Tell whether sample numbers mean the same pictures: the same revision, or both of its history."""
    revisions = {run.request.dataset_revision, other.request.dataset_revision}
    if len(revisions) == 1:
        return True
    try:
        return all(edits_since(run.config.dataset, revision) is not None for revision in revisions)
    except UnknownNameError:
        return False
