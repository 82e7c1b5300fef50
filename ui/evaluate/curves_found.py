"""What the curves of an evaluation are drawn from: nothing of it depends on the threshold, so it is kept."""

from dataclasses import dataclass

import streamlit as st

from core.evaluation.calibration import Temperature, calibrated, cross_calibrated, temperature_of
from core.evaluation.calibration_effect import Effect, effect_on
from core.evaluation.curves import Bands, bands, precision_recall_curves, reliability_of, roc_curves
from core.runs.predictions import Predictions
from core.statistics.precision_recall_curve import PrecisionRecallCurve
from core.statistics.reliability import Binning, Reliability
from core.statistics.roc import RocCurve
from ui import answers, cache
from ui.evaluate.judged import Judged, predictions

State = tuple[int, str]  # of the weights, and of another data set


@dataclass(frozen=True, eq=False)
class Curves:
    """Class to its ROC and its precision-recall curve."""

    roc: dict[str, RocCurve]
    precision_recall: dict[str, PrecisionRecallCurve]


@dataclass(frozen=True, eq=False)
class Calibration:
    """The temperature of a run, and what it does to the images that are judged.

    Attributes
    ----------
    temperature
        Fitted on the run's validation split.
    after
        The judged images with calibrated probabilities; None where nothing honest can be said of them.
    effect
        Before against after.
    is_crossed
        Whether validation itself is judged: then each patient has the temperature that the others ask for.
    """

    temperature: Temperature
    after: Predictions | None
    effect: Effect | None
    is_crossed: bool


def curves_of(case: Judged) -> Curves:
    """Return the curves of all classes."""
    return _curves(case, state_of(case))


def bands_of(case: Judged, class_name: str) -> Bands:
    """Return the bands of a class's curves."""
    return _bands(case, state_of(case), class_name)


def reliability_before(case: Judged, class_name: str, binning: Binning) -> Reliability:
    """Return how often it is a class by the probability that the network gave."""
    return _reliability(case, state_of(case), class_name, binning)


def reliability_after(case: Judged, class_name: str, binning: Binning) -> Reliability | None:
    """Return the same with calibrated probabilities; None where there are none."""
    after = calibration_of(case)
    if after is None or after.after is None:
        return None
    return _reliability_after(case, state_of(case), class_name, binning)


def calibration_of(case: Judged) -> Calibration | None:
    """Return the temperature and what it does; None without an image in the validation split."""
    return _calibration(case, state_of(case))


def state_of(case: Judged) -> State:
    """Return what the answers to a case depend on beside its names: another state, another answer."""
    revision = "" if case.dataset_id is None else cache.dataset(case.dataset_id).info.revision
    return answers.changed_ns(case.run), revision


@st.cache_resource(max_entries=16, show_spinner=False)
def _curves(case: Judged, state: State) -> Curves:
    found = predictions(case)
    return Curves(roc_curves(found), precision_recall_curves(found))


@st.cache_resource(max_entries=64, show_spinner=False)
def _bands(case: Judged, state: State, class_name: str) -> Bands:
    return bands(predictions(case), class_name)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reliability(case: Judged, state: State, class_name: str, binning: Binning) -> Reliability:
    return reliability_of(predictions(case), class_name, binning)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reliability_after(case: Judged, state: State, class_name: str, binning: Binning) -> Reliability:
    found = _calibration(case, state)
    after = None if found is None else found.after
    return reliability_of(predictions(case) if after is None else after, class_name, binning)


@st.cache_resource(max_entries=16, show_spinner=False)
def _calibration(case: Judged, state: State) -> Calibration | None:
    if case.run.came_alone:
        return None
    temperature = temperature_of(case.run, answers.predictions(case.run, "val"))
    if temperature is None:
        return None
    before = predictions(case)
    is_crossed = case.split == "val" and case.dataset_id is None
    after = cross_calibrated(before) if is_crossed else calibrated(before, temperature)
    effect = effect_on(before, after) if after is not None and after.n_samples else None
    return Calibration(temperature, after, effect, is_crossed)
