"""What the clinic's views count, kept between moves of a slider and shared by all visitors."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.evaluation.calibration import Temperature, calibrated, fit_temperature, temperature_of
from core.evaluation.costs import Cheapest, cheapest
from core.evaluation.decision_curve import DecisionCurve, decision_curve
from core.evaluation.one_class import against_rest
from core.evaluation.patients import number_patients
from core.evaluation.rates import Rates, rates_of
from core.language import _
from core.runs.predictions import Predictions
from ui import answers, cache
from ui.evaluate.judged import Judged, predictions


@dataclass(frozen=True)
class Counted:
    """One class against the rest, of what is judged; equal ones have the same answers."""

    case: Judged
    class_name: str
    changed: int
    revision: str


def counted(case: Judged, class_name: str) -> Counted:
    """Return what the caches go by."""
    revision = "" if case.dataset_id is None else cache.dataset(case.dataset_id).info.revision
    return Counted(case, class_name, answers.changed_ns(case.run), revision)


def validation(case: Judged) -> Judged:
    """Return the validation split of the same run, where thresholds are chosen."""
    return Judged(case.run_id, "val")


def of_whom(case: Judged) -> str:
    """Return of how many images and patients what is shown is; unknown patients are said to be unknown."""
    found = predictions(case)
    if found.patient_ids is None:
        text = _("{n} images; their patients are not known, so each counts as one.", n=found.n_samples)
        return text
    patients = len(np.unique(number_patients(found)))
    return _("{n} images of {patients} patients.", n=found.n_samples, patients=patients)


@st.cache_resource(max_entries=16, show_spinner=False)
def two_classes(asked: Counted) -> Predictions:
    """Return the answers as those of two classes: the one looked for, and the rest."""
    return against_rest(predictions(asked.case), asked.class_name)


@st.cache_resource(max_entries=16, show_spinner=False)
def rates(asked: Counted) -> Rates:
    """Return who is called at each threshold, and in resamples of the patients."""
    return rates_of(two_classes(asked))


@st.cache_resource(max_entries=256, show_spinner=False)
def cheapest_threshold(asked: Counted, prevalence: float, miss: float) -> Cheapest | None:
    """Return the cheapest threshold of the validation split; None where it lacks a side."""
    case = validation(asked.case)
    return cheapest(rates(counted(case, asked.class_name)), prevalence, miss=miss)


@st.cache_resource(max_entries=16, show_spinner=False)
def temperature(run_id: str, changed: int) -> Temperature:
    """Return the temperature of a run: the one it keeps, or one fitted now on its validation split."""
    case = Judged(run_id, "val")
    val = predictions(case)
    return temperature_of(case.run, val) or fit_temperature(val)


@st.cache_resource(max_entries=64, show_spinner=False)
def curve(asked: Counted, prevalence: float | None) -> DecisionCurve | None:
    """Return the decision curve of the calibrated answers; None where one side has no image."""
    scale = temperature(asked.case.run_id, asked.changed)
    found = calibrated(predictions(asked.case), scale)
    return decision_curve(against_rest(found, asked.class_name), prevalence=prevalence)
