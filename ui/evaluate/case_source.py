"""One image as it is looked at closely: its row, what was said of it, where it stands in the split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.decisions import decide
from core.runs.store import open_run
from ui import answers, cache
from ui.evaluate.images_source import Source, source_of
from ui.evaluate.judged import Judged, Threshold, predictions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ui.evaluate.images_state import Opened


@dataclass(frozen=True, eq=False)
class Answer:
    """What the network said of an image that is judged.

    Attributes
    ----------
    truth, called
        Indices of classes.
    scores
        ndarray of shape (k,), float32: the probabilities.
    """

    truth: int
    called: int
    scores: NDArray[np.float32]

    @property
    def is_right(self) -> bool:
        """Whether it was called what it is."""
        return self.truth == self.called


@dataclass(frozen=True, eq=False)
class OneCase:
    """An image that is open.

    Attributes
    ----------
    opened
        Which.
    source
        Its data set.
    row
        What the table of its data set says of it; None where that is gone.
    answer
        None for an image that is not among those that are judged.
    """

    case: Judged
    opened: Opened
    source: Source
    row: pd.Series[Any] | None
    answer: Answer | None

    @property
    def sample_id(self) -> int:
        """Its number."""
        return self.opened.sample_id


def one_case(case: Judged, opened: Opened, threshold: Threshold) -> OneCase:
    """Return what is known of an image."""
    source = source_of(case, opened.side)
    row = None
    if source.info is not None:
        samples = cache.samples(source.info.dataset_id)
        row = samples.iloc[opened.sample_id] if 0 <= opened.sample_id < len(samples) else None
    is_judged = opened.side == "judged" or case.dataset_id is None
    return OneCase(
        case, opened, source, row, _answer(case, opened.sample_id, threshold) if is_judged else None
    )


def _answer(case: Judged, sample_id: int, threshold: Threshold) -> Answer | None:
    found = predictions(case)
    places = np.flatnonzero(found.sample_ids == sample_id)[:1]
    if not len(places):
        return None
    one = found.take(places)
    return Answer(int(one.y_true[0]), int(decide(one, threshold)[0]), one.y_score[0])


@st.cache_resource(max_entries=16, show_spinner=False)
def _split(run_id: str, changed: int) -> pd.DataFrame:
    return open_run(run_id).split().set_index("sample_id")


def split_of(case: Judged) -> pd.DataFrame:
    """Return the label and the split of each sample of the run's own data set, by sample_id; shared."""
    return _split(case.run_id, answers.changed_ns(case.run))
