"""What a run says about a split, kept between steps and shared by all visitors.

The keys hold all that decides an answer: another one is another entry. Nothing here imports torch at the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from ui import cache

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from core.datasets.records import Part
    from core.evaluation.decisions import Threshold
    from core.evaluation.embeddings import Embeddings
    from core.evaluation.records import Evaluation
    from core.evaluation.report import Judge
    from core.runs.predictions import Predictions
    from core.runs.store import Run

    Mapping = tuple[tuple[str, str], ...]  # pairs (class there, class here), as core.evaluation.external


def changed_ns(run: Run) -> int:
    """Return when the best weights of a run were last written; 0 before the first time."""
    path = run.folder / "best.safetensors"
    return path.stat().st_mtime_ns if path.exists() else 0


@dataclass(frozen=True)
class _Question:
    """What decides the answers: another one is another entry of the caches."""

    run_id: str
    changed: int  # when the weights were written
    split: Part
    dataset_id: str | None
    mapping: Mapping
    revision: str  # of another data set; of its own the run itself keeps the labels


def _question(run: Run, split: Part, dataset_id: str | None, mapping: Mapping) -> _Question:
    revision = "" if dataset_id is None else cache.dataset(dataset_id).info.revision
    return _Question(run.run_id, changed_ns(run), split, dataset_id, mapping, revision)


@st.cache_resource(max_entries=16, show_spinner=False)
def _predictions(asked: _Question) -> tuple[Predictions, int]:
    from core.evaluation.stored import stored_predictions
    from core.runs.store import open_run

    run, mapping = open_run(asked.run_id), dict(asked.mapping)
    stored = stored_predictions(run, asked.split, asked.dataset_id, mapping=mapping)
    if stored is None:
        from core.evaluation.predictions import make_answers

        stored = make_answers(run, asked.split, asked.dataset_id, mapping=mapping).predictions
    usable = stored.is_usable
    return (stored, 0) if usable.all() else (stored.take(usable), int((~usable).sum()))


def predictions(run: Run, split: Part, dataset_id: str | None = None, mapping: Mapping = ()) -> Predictions:
    """Return what a run says about a split, made where it is not stored. No look is counted here.

    Of the test split only after `ui.answers.open_test`, of another data set after the page has counted.

    Images whose scores are no numbers are left out; `n_usable` counts them.
    """
    return _predictions(_question(run, split, dataset_id, mapping))[0]


def n_usable(run: Run, split: Part, dataset_id: str | None = None, mapping: Mapping = ()) -> tuple[int, int]:
    """Return how many images have scores to judge, and of how many they are no numbers: NaN, or infinite."""
    found, n_out = _predictions(_question(run, split, dataset_id, mapping))
    return found.n_samples, n_out


@st.cache_resource(max_entries=256, show_spinner=False)
def _evaluation(asked: _Question, threshold: Threshold) -> Evaluation:
    return _judge(asked).at(threshold)


@st.cache_resource(max_entries=4, show_spinner=False)  # one may hold 128 MB
def _judge(asked: _Question) -> Judge:
    from core.evaluation.report import Judge

    return Judge(_predictions(asked)[0])


def evaluation(
    run: Run,
    split: Part,
    threshold: Threshold = 0.5,
    dataset_id: str | None = None,
    mapping: Mapping = (),
) -> Evaluation:
    """Judge a run on a split at a threshold, or at one for each class."""
    rounded = (
        tuple(round(one, 9) for one in threshold) if isinstance(threshold, tuple) else round(threshold, 9)
    )
    return _evaluation(_question(run, split, dataset_id, mapping), rounded)


@st.cache_resource(max_entries=8, show_spinner=False)
def _embeddings(path: Path, changed: int, _usable: NDArray[np.int64]) -> Embeddings | None:
    from core.evaluation.embeddings import read_embeddings

    return read_embeddings(path, _usable)


def embeddings(
    run: Run, split: Part, dataset_id: str | None = None, mapping: Mapping = ()
) -> Embeddings | None:
    """Return the features of the images of `predictions`, in that order; None before they are made."""
    from core.evaluation.embeddings import embeddings_path

    path = embeddings_path(run, split, dataset_id, mapping=dict(mapping))
    if path is None:
        return None
    usable = predictions(run, split, dataset_id, mapping).sample_ids
    return _embeddings(path, path.stat().st_mtime_ns, usable)
