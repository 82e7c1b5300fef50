"""Correct the label of one image where it is looked at, and take that back.

What ships with Lightbox stays as it is: it is corrected in a copy, which has the same pictures under the same
numbers.
"""

from core.datasets.changes import changing
from core.datasets.editing import LabelCorrection, LabelEdit, correct_labels, list_edits
from core.datasets.records import DatasetInfo
from core.datasets.shipped import shipped_names
from core.datasets.store import list_datasets, open_dataset
from core.errors import StateError
from core.language import N_


def copies_of(info: DatasetInfo) -> tuple[DatasetInfo, ...]:
    """Return the visitor's own data sets that have the same pictures under the same numbers, newest first."""
    files = open_dataset(info.dataset_id).samples["file"].tolist()
    found = [
        other
        for other in list_datasets()
        if other.dataset_id not in {info.dataset_id, *shipped_names()}
        and other.n_images == info.n_images
        and open_dataset(other.dataset_id).samples["file"].tolist() == files
    ]
    return tuple(sorted(found, key=lambda other: other.created_at, reverse=True))


def label_of(dataset_id: str, sample_id: int) -> str:
    """Return the class that an image has now."""
    return str(open_dataset(dataset_id).row(sample_id)["label"])


def correct_one(dataset_id: str, sample_id: int, label: str, *, seen: str, reason: str = "") -> DatasetInfo:
    """Give one image another class; written down with the reason.

    Parameters
    ----------
    dataset_id, sample_id, label
        Which image, and the class that it is to have: one that the data set has or had.
    seen
        The class that whoever asks believes it to have. Another page may have corrected it meanwhile.
    reason
        Why, up to 500 characters.

    Raises
    ------
    StateError
        The label is not what was seen, the data set ships with Lightbox, or a run is training on it.
    UnknownNameError
        There is no such data set or class.
    InvalidValueError
        There is no sample of that number.
    """
    with changing():
        now = label_of(dataset_id, sample_id)
        if now != seen:
            text = N_(
                "The label of image {n} was changed meanwhile: it is '{now}' and no longer '{seen}'. Nothing"
                " was written; look again."
            )
            raise StateError(text, n=sample_id, now=now, seen=seen)
        correction = LabelCorrection(sample_id=sample_id, label=label, reason=reason)
        known = open_dataset(dataset_id).info.class_order
        return correct_labels(dataset_id, [correction], new_classes=set(known) & {label})


def correction_of(dataset_id: str, sample_id: int) -> LabelEdit | None:
    """Return the last change of a label, from the one that it was first; None if it is that again."""
    edits = [one for one in list_edits(dataset_id) if one.sample_id == sample_id]
    if not edits or edits[0].before == edits[-1].after:
        return None
    return edits[-1].model_copy(update={"before": edits[0].before})


def take_back(dataset_id: str, correction: LabelEdit, *, reason: str = "") -> DatasetInfo:
    """Give an image the label that it had first (`before`); that, too, is written down.

    Raises
    ------
    StateError
        It was changed again meanwhile, or as in `correct_one`.
    """
    now, first = correction.after, correction.before
    return correct_one(dataset_id, correction.sample_id, first, seen=now, reason=reason)
