"""What mistakes do to one image, kept between steps: pictures, what the network gets, what it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.experiments.borrowing import Footing, borrow, footing_of, footing_without_run
from core.experiments.breaking import Borrowed, Broken, Situation, break_it
from core.images.levels import CT_WINDOWS
from core.transforms.preprocessing import image_part, to_input, unit
from core.transforms.records import Preprocessing, PreprocessingStep
from ui import answers, cache

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.datasets.records import DatasetInfo
    from core.images.records import MedicalImage
    from core.runs.store import Run

_NARROW: Final = "Brain"  # of the CT example: where cutting early is seen best
_SIDES: Final = (64, 512)  # of a picture for the eye, pixels: no smaller, no larger


@dataclass(frozen=True, eq=False)
class Seen:
    """One image on its way, for the eye and for the network.

    Attributes
    ----------
    picture
        ndarray of shape (H, W, C), float32 in [0, 1]: after the image steps, large enough to be looked at.
    values
        ndarray of shape (C, H, W), float32: what the network gets.
    """

    picture: NDArray[np.float32]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Compared:
    """An image right and broken, and what the mistakes did."""

    right: Seen
    broken: Seen
    made: Broken


def footing(info: DatasetInfo, run: Run | None) -> Footing:
    """Return what is right for the images of a data set: a run's own, or what a first training would use."""
    if run is None:
        return _footing_without_run(info.dataset_id, info.revision, info)
    return _footing_of(run.run_id, answers.changed_ns(run))


@st.cache_data(max_entries=8, show_spinner=False)
def _footing_of(run_id: str, changed: int) -> Footing:
    from core.runs.store import open_run

    return footing_of(open_run(run_id))


@st.cache_data(max_entries=8, show_spinner=False)
def _footing_without_run(dataset_id: str, revision: str, _info: DatasetInfo) -> Footing:
    return footing_without_run(_info)


@st.cache_data(max_entries=32, show_spinner=False)
def _borrowed(footing: str, revision: str, other: str, _footing: Footing) -> Borrowed:
    return borrow(_footing, other)


def borrowed(info: DatasetInfo, run: Run | None, other: str) -> Borrowed:
    """Return the statistics that do not belong here; the first call reads the test part's pixels."""
    name = f"{run.run_id}/{answers.changed_ns(run)}" if run else ""
    return _borrowed(
        f"{info.dataset_id}/{name}", f"{info.revision}/{revision_of(other)}", other, footing(info, run)
    )


def revision_of(other: str) -> str:
    """Return the revision of a data set whose statistics are borrowed; "" for numbers that never change."""
    from core.datasets.store import list_datasets

    return next((one.revision for one in list_datasets() if one.dataset_id == other), "")


@st.cache_resource(max_entries=16, show_spinner=False)
def _compared(key: str, _right: Situation, names: tuple[str, ...], _borrowed: Borrowed) -> Compared:
    made = break_it(names, _right, _borrowed)
    side = _side(_right.image)  # the same for both: a squeezed picture is smaller
    return Compared(_seen(_right, side), _seen(made.situation, side), made)


def compared(
    info: DatasetInfo, sample_id: int, run: Run | None, names: tuple[str, ...], other: str
) -> Compared:
    """Return a sample right and broken."""
    own, lent = footing(info, run), borrowed(info, run, other)
    right = Situation(cache.image(info.dataset_id, sample_id), own.preprocessing, own.statistics)
    whose = f"{run.run_id}/{answers.changed_ns(run)}" if run else ""
    key = f"{info.dataset_id}/{info.revision}/{sample_id}/{whose}/{other}/{revision_of(other)}"
    return _compared(key, right, names, lent)


def probabilities(run: Run, found: Compared) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probabilities of the classes, (k,) each, right and broken; the first call imports torch."""
    from scipy.special import softmax

    from core.evaluation.predictions import logits_of

    logits = logits_of(cache.model(run.run_id).loaded, [found.right.values, found.broken.values])
    right, broken = softmax(logits.astype(np.float64), axis=1)
    return right, broken


@st.cache_data(max_entries=16, show_spinner=False)
def _weights(run_id: str, changed: int) -> str:
    from core.experiments.break_records import weights_of
    from core.runs.store import open_run

    return weights_of(open_run(run_id))


def weights(run: Run) -> str:
    """Return the fingerprint of a run's best weights."""
    return _weights(run.run_id, answers.changed_ns(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def example(machine: str, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a simulated picture of a machine, right and with one mistake: (H, W, C) in [0, 1] each."""
    from core.datasets.tour import make_exhibit
    from core.transforms.preprocessing import default_preprocessing
    from core.transforms.preprocessing.network_range import IMAGENET

    image = make_exhibit(machine).image
    if machine == "ct":
        image = replace(image, windows=(CT_WINDOWS[_NARROW],))
    side = _side(image)
    preprocessing = default_preprocessing(side, 3 if image.is_colour else 1)
    right = Situation(image, preprocessing, IMAGENET)
    made = break_it([name], right, Borrowed(IMAGENET, machine))
    return _picture(right, side), _picture(made.situation, side)


def _seen(situation: Situation, side: int) -> Seen:
    values = to_input(situation.image, situation.preprocessing, situation.statistics)
    return Seen(_picture(situation, side), values)


def _picture(situation: Situation, side: int) -> NDArray[np.float32]:
    steps = tuple(_with_side(step, side) for step in situation.preprocessing.steps)
    pixels = unit(image_part(situation.image, Preprocessing(steps=steps)))
    return pixels.transpose(1, 2, 0)  # (C, H, W) -> (H, W, C)


def _side(image: MedicalImage) -> int:
    return int(np.clip(max(image.values.shape[:2]), *_SIDES))


def _with_side(step: PreprocessingStep, side: int) -> PreprocessingStep:
    if step.name != "resize":
        return step
    return PreprocessingStep(name="resize", parameters=step.parameters | {"size": side}, enabled=step.enabled)
