"""Two runs on the very same images: what both said, and what is compared once for every threshold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.evaluation.aligned import newer_of
from core.evaluation.curves import areas
from core.evaluation.foreign import shared_with_training
from core.evaluation.pairing import Pairing
from core.evaluation.records import MetricValue
from core.evaluation.report import evaluate
from core.language import Message
from core.runs.predictions import Predictions
from ui import answers, cache
from ui.evaluate.images_source import key_of
from ui.evaluate.judged import Judged, predictions


@dataclass(frozen=True, eq=False)
class Pair:
    """Two runs that were asked about the same images.

    Attributes
    ----------
    asked
        What the two said, of images of which both have a score that is a number.
    pairing
        Both, in one order and with the same truth.
    areas
        Of each of the two: class to AUROC.
    n_left_out
        How many images one of the two has no usable score for.
    """

    asked: tuple[Predictions, Predictions]
    pairing: Pairing
    areas: tuple[Mapping[str, MetricValue], Mapping[str, MetricValue]]
    n_left_out: int = 0

    @property
    def truth_shared(self) -> tuple[Predictions, Predictions]:
        """Both, judged by the same labels: those of the newer run where some were corrected."""
        return self.pairing.both.one, self.pairing.both.other


def pair_of(case: Judged, other: Judged) -> Pair:
    """Return both; what does not depend on the threshold is computed once.

    Raises
    ------
    StateError
        They were not asked about the same images.
    """
    return _pair(key_of(case), key_of(other), _case=case, _other=other)


@st.cache_resource(max_entries=8, show_spinner=False)
def _pair(whose: tuple[object, ...], whom: tuple[object, ...], *, _case: Judged, _other: Judged) -> Pair:
    asked = predictions(_case), predictions(_other)
    n_left_out = 0
    if any(answers.n_usable(one.run, one.split, one.dataset_id, one.mapping)[1] for one in (_case, _other)):
        n_all = len(np.union1d(asked[0].sample_ids, asked[1].sample_ids))
        common = np.intersect1d(asked[0].sample_ids, asked[1].sample_ids)
        asked = (_only(asked[0], common), _only(asked[1], common))
        n_left_out = n_all - len(common)
    pairing = Pairing(*asked, newer=newer_of(_case.run, _other.run))
    both = pairing.both
    return Pair(asked, pairing, (areas(evaluate(both.one)), areas(evaluate(both.other))), n_left_out)


def _only(found: Predictions, sample_ids: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Predictions:
    return found.take(np.isin(found.sample_ids, sample_ids))


@st.cache_data(max_entries=32, show_spinner=False)
def learned_from(other: Judged, changed: int, revision: str) -> tuple[Message, ...]:
    """Return warnings where the other run has learned from images of another data set that both are shown."""
    return shared_with_training(other.run, cache.dataset(other.shown_dataset))
