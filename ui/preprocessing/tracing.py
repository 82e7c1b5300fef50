"""What a pipeline does to an image, remembered step by step: a change costs only the steps from it on.

Each picture is kept under its image and the steps that led to it. What came of a visitor's own file is kept
in that visitor's session alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.records import DatasetInfo, SplitConfig
from core.images.records import MedicalImage
from core.transforms.preprocessing import channel_statistics, fit_statistics, image_part, trace, unit
from core.transforms.preprocessing.picture import Picture
from core.transforms.preprocessing.pipeline import StepTrace, apply_step
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep
from ui import cache
from ui.preprocessing.source import Subject

_MOST_BYTES: Final = 192 * 1024**2  # of pictures that are remembered for everybody
_FITTED_PIXELS: Final = 1_600_000  # of training images that the statistics here are fitted on: a blink
_THREADS: Final = 4
_FEWEST_FITTED, _MOST_FITTED = 6, 256
FIT_ALL: Final = "preprocess-fit-all"


@dataclass(eq=False)
class _Kept:
    """Pictures by what led to them; those that were not asked for the longest go first."""

    pictures: OrderedDict[str, Picture] = field(default_factory=OrderedDict)
    size_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> Picture | None:
        with self.lock:
            if key in self.pictures:
                self.pictures.move_to_end(key)
            return self.pictures.get(key)

    def put(self, key: str, picture: Picture) -> None:
        with self.lock:
            if key not in self.pictures:
                self.pictures[key] = picture
                self.size_bytes += picture.pixels.nbytes
            while self.size_bytes > _MOST_BYTES and len(self.pictures) > 1:
                self.size_bytes -= self.pictures.popitem(last=False)[1].pixels.nbytes


@st.cache_resource(show_spinner=False)
def _shared() -> _Kept:
    return _Kept()


@st.cache_resource(scope="session", show_spinner=False)
def _own() -> _Kept:
    return _Kept()


class Remembering:
    """Does the steps of one run of a pipeline on one image, or knows what they gave."""

    def __init__(self, key: str, *, own: bool = False) -> None:
        self._key = key
        self._kept = _own() if own else _shared()

    def __call__(self, picture: Picture, step: PreprocessingStep) -> Picture:
        """Return what `apply_step` returns."""
        self._key += step.model_dump_json(exclude={"enabled"})
        found = self._kept.get(self._key)
        if found is None:
            found = apply_step(picture, step)
            self._kept.put(self._key, found)
        return found


def traced(subject: Subject, preprocessing: Preprocessing) -> list[StepTrace]:
    """Return what each step made of the image; the first call fits the statistics.

    Raises
    ------
    InvalidValueError
        A step leaves nothing of the image, or values that are no numbers.
    """
    statistics = statistics_for(subject, preprocessing)
    do = Remembering(subject.key, own=subject.own)
    return trace(subject.image, preprocessing, statistics, do=do)


def statistics_for(subject: Subject, preprocessing: Preprocessing) -> ChannelStatistics:
    """Return the statistics that the steps for the network use.

    Those of the training split; an image that belongs to no data set has none and gives its own.
    """
    needed = needs_training_images(preprocessing)
    if needed and subject.sample_id is not None:
        info = subject.info
        return _fitted(
            info.dataset_id, info.revision, preprocessing.model_dump_json(), n=len(fitted_ids(info))
        )
    part = image_part(subject.image, preprocessing, do=Remembering(subject.key, own=subject.own))
    own = channel_statistics(unit(part))
    return fit_statistics([unit(part)], preprocessing) if needed else own


def needs_training_images(preprocessing: Preprocessing) -> bool:
    """Tell whether a step uses the statistics of a data set."""
    return any(step.parameters.get("per") == "dataset" for step in preprocessing.active("tensor"))


def training_ids(info: DatasetInfo) -> list[int]:
    """Return the samples of the usual training split."""
    return _training_ids(info.dataset_id, info.revision)


def fitted_ids(info: DatasetInfo) -> list[int]:
    """Return the training images that the statistics of this page are fitted on, evenly over the split.

    As many as are read in a moment; all of them where the visitor asked for that.
    """
    ids = training_ids(info)
    if st.session_state.get(FIT_ALL):
        return ids
    height, width = cache.image(info.dataset_id, ids[0]).values.shape[:2]
    most = min(max(_FITTED_PIXELS // (height * width), _FEWEST_FITTED), _MOST_FITTED)
    return ids[:: max(1, -(-len(ids) // most))]


@st.cache_data(max_entries=32, show_spinner=False)
def _training_ids(dataset_id: str, revision: str) -> list[int]:
    from core.datasets.splits import make_split

    split = make_split(cache.samples(dataset_id), SplitConfig())
    return [int(sample_id) for sample_id in split.loc[split["split"] == "train", "sample_id"]]


@st.cache_data(max_entries=256, show_spinner=False)
def _fitted(dataset_id: str, revision: str, preprocessing_json: str, *, n: int) -> ChannelStatistics:
    preprocessing = Preprocessing.model_validate_json(preprocessing_json)
    if n > _MOST_FITTED:  # all of them: too many to be remembered
        dataset = cache.dataset(dataset_id)
        ids = fitted_ids(dataset.info)
        return fit_statistics(
            (unit(image_part(dataset.image(sample_id), preprocessing)) for sample_id in ids), preprocessing
        )
    images = _training_images(dataset_id, revision, n=n)
    do = {sample_id: Remembering(f"{dataset_id}/{revision}/{sample_id}") for sample_id in images}

    def part_of(sample_id: int) -> NDArray[np.float32]:
        return unit(image_part(images[sample_id], preprocessing, do=do[sample_id]))

    with ThreadPoolExecutor(_THREADS) as pool:  # the filters let go of Python's lock
        return fit_statistics(pool.map(part_of, images), preprocessing)


@st.cache_resource(max_entries=2, show_spinner=False)
def _training_images(dataset_id: str, revision: str, *, n: int) -> dict[int, MedicalImage]:
    dataset = cache.dataset(dataset_id)
    return {sample_id: dataset.image(sample_id) for sample_id in fitted_ids(dataset.info)}
