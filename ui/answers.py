"""What a run is asked about, and what it answered of a split, kept between steps.

What was computed from a data set is shared by all visitors. What was computed from an upload is its
visitor's own, and is gone when the visitor is. Nothing here imports torch at the top.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import UserError
from ui import cache
from ui.session import Key, recall, remember
from ui.split_answers import changed_ns, embeddings, evaluation, n_usable, predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.datasets.records import PatientOverlap
    from core.images.records import MedicalImage
    from core.language import Message
    from core.runs.store import Run


__all__ = [
    "Subject",
    "changed_ns",
    "embeddings",
    "evaluation",
    "is_open",
    "kind_notes",
    "lesion_mask",
    "mark_open",
    "n_usable",
    "one_film_each",
    "open_test",
    "overlap",
    "predictions",
    "seal_of",
    "subject_of_sample",
    "subject_of_upload",
    "surest_hit",
    "val_labels",
    "warm_up",
]


@dataclass(frozen=True, eq=False)
class Subject:
    """An image that a network is asked about: a sample of a data set, or an upload (`sample_id` None)."""

    image: MedicalImage
    key: str
    sample_id: int | None = None

    @property
    def is_upload(self) -> bool:
        """Whether a visitor brought it."""
        return self.sample_id is None


def open_test(run: Run) -> None:
    """Break the seal of a run's test split for this visitor: the look is counted."""
    from core.evaluation.looks import count_look

    predictions(run, "test")
    count_look(run, run.config.dataset, "test", "page")
    mark_open(run)


def mark_open(run: Run) -> None:
    """Remember that this visitor has opened the test split of a run; whoever calls this counts the look."""
    remember(Key.OPENED, seal_of(run))


def is_open(run: Run) -> bool:
    """Tell whether this visitor has opened the test split of a run, as its weights are now.

    Whoever has seen the test, trains on and sees it again has looked twice.
    """
    return run.has_model and seal_of(run) in recall(Key.OPENED, [])


def seal_of(run: Run) -> str:
    """Return what is opened at once: the test split of a run with these weights."""
    from core.evaluation.stored import origin_of

    return f"{run.run_id}: {origin_of(run, run.config.dataset)}"


@st.cache_resource(max_entries=64, show_spinner=False)
def _overlap(run_id: str, changed: int) -> PatientOverlap | None:
    from core.evaluation.leakage import overlap_of
    from core.runs.store import open_run

    try:
        return overlap_of(open_run(run_id))
    except UserError:
        return None


def overlap(run: Run) -> PatientOverlap | None:
    """Return who stands on both sides of a run's split; None where its data set is no longer there."""
    return _overlap(run.run_id, changed_ns(run))


def subject_of_sample(dataset_id: str, sample_id: int) -> Subject:
    """Return a sample of a data set as a subject."""
    revision = cache.dataset(dataset_id).info.revision
    return Subject(cache.image(dataset_id, sample_id), f"{dataset_id}/{revision}/{sample_id}", sample_id)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def _upload(digest: str, _content: bytes, name: str) -> MedicalImage:
    from core.images.limits import check_upload
    from core.images.sandbox import read

    check_upload(len(_content), name)
    image = read(_content, name=name)
    return replace(image, patient_id=None, study_id=None, series_id=None, image_id=None)


def subject_of_upload(content: bytes, name: str) -> Subject:
    """Read an uploaded file, whoever it shows left out; UnreadableImageError if it is no image."""
    digest = hashlib.sha256(content).hexdigest()
    return Subject(_upload(digest, content, name), digest)


_warming = threading.Lock()


def warm_up() -> None:
    """Begin to import torch and what explains, so that whoever comes to a prediction need not wait."""
    if _warming.acquire(blocking=False):
        threading.Thread(target=_import_torch, name="warm-up", daemon=True).start()


def _import_torch() -> None:
    import core.evaluation.predictions
    import core.explanation.attribution  # noqa: F401


@st.cache_data(max_entries=32, show_spinner=False)
def _val_labels(run_id: str, changed: int, revision: str) -> dict[int, str]:
    from core.runs.store import open_run

    split = open_run(run_id).split()
    val = split[split["split"] == "val"].sort_values("sample_id")
    return dict(zip(val["sample_id"].tolist(), val["label"].tolist(), strict=True))


def val_labels(run: Run) -> dict[int, str]:
    """Return sample_id to label of a run's validation images; UnknownNameError if its data set is gone."""
    revision = cache.dataset(run.config.dataset).info.revision
    return _val_labels(run.run_id, changed_ns(run), revision)


def one_film_each(run: Run, class_name: str) -> list[int]:
    """Return the sample_ids of the validation images of a class, the first alone of each patient."""
    table = cache.samples(run.config.dataset)
    labels = val_labels(run)
    ids = table["sample_id"].isin([sample_id for sample_id, label in labels.items() if label == class_name])
    chosen = table[ids]
    first = ~chosen["patient_id"].duplicated() | chosen["patient_id"].isna()
    return [int(sample_id) for sample_id in chosen.loc[first, "sample_id"]]


def surest_hit(run: Run, rank: int = 0) -> int:
    """Return the sample_id of the validation image that was called right most surely; `rank` counts on."""
    from core.evaluation.mistakes import surest_hits

    hits = surest_hits(predictions(run, "val"))
    return hits[rank % len(hits)]


def lesion_mask(run: Run, subject: Subject) -> NDArray[np.bool_] | None:
    """Return where the finding really is, ndarray of shape (H, W); None where nobody knows."""
    if subject.sample_id is None:
        return None
    return cache.dataset(run.config.dataset).lesion_mask(subject.sample_id)


def kind_notes(run: Run, subject: Subject) -> tuple[Message, ...]:
    """Return what sets an image apart from those that the run was trained on."""
    from core.explanation.kind import notes_on

    try:
        modalities = set(cache.samples(run.config.dataset)["modality"].dropna())
    except UserError:
        modalities = set()
    return notes_on(subject.image, run.card, modalities)
